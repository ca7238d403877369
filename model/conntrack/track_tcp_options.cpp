// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/clause_names.h"
#include "model/conntrack/track_tcp.h"
#include "model/packet.h"
#include "model/wire/tcp.h"

namespace natstep::model::tcp {
namespace {

constexpr std::uint8_t max_window_scale = 14;  // RFC 7323 section 2.3
constexpr std::size_t sack_block_size = 8;

namespace option = wire::tcp::option;

/// Calls `use` for each option up to the end of the list, or to the first that is malformed.
template <typename Use>
void for_each_option(wire::ByteView options, Use&& use) {
  wire::TcpOptionReader reader(options);
  while (const auto found = reader.next()) {
    if (found->kind == option::end) return;
    if (found->kind != option::nop) use(*found);
  }
}

void read_window_scale(Step& step, std::uint8_t shift, TcpWindow& window) {
  window.flags |= flag::window_scale;
  window.scale = shift;
  if (shift > max_window_scale && step.holds(Clause::tcp_window_scale_is_at_most_14)) {
    window.scale = max_window_scale;
  }
}

}  // namespace

void read_options(Step& step, const Segment& segment, TcpWindow& window) {
  if (segment.options.empty()) return;
  window.scale = 0;
  window.flags &= flag::be_liberal;
  for_each_option(segment.options, [&](const wire::TcpOption& found) {
    if (found.kind == option::sack_permitted && found.data.empty() &&
        step.holds(Clause::tcp_sack_permitted_is_remembered)) {
      window.flags |= flag::sack_permitted;
    }
    if (found.kind == option::window_scale && found.data.size() == 1 &&
        step.holds(Clause::tcp_window_scale_is_remembered)) {
      read_window_scale(step, found.data[0], window);
    }
  });
}

std::uint32_t highest_sack(Step& step, const Segment& segment, std::uint32_t ack) {
  std::uint32_t highest = ack;
  bool seen = false;
  for_each_option(segment.options, [&](const wire::TcpOption& found) {
    const bool blocks = found.kind == option::sack && !found.data.empty() &&
                        found.data.size() % sack_block_size == 0;
    if (!blocks || seen) return;
    seen = true;
    if (!step.holds(Clause::tcp_sack_counts_as_acknowledgement)) return;
    for (std::size_t at = 0; at < found.data.size(); at += sack_block_size) {
      const std::uint32_t right_edge = wire::load_be32(&found.data[at + 4]);
      if (after(right_edge, highest)) highest = right_edge;
    }
  });
  return highest;
}

}  // namespace natstep::model::tcp
