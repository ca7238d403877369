// SPDX-License-Identifier: GPL-2.0-or-later
// Amanda: the answer to a backup request names the ports of the streams to come.
// Source: net/netfilter/nf_conntrack_amanda.c, nf_nat_amanda.c.
#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/helper/helper_packet.h"
#include "model/helper/mangle.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace natstep::model {
namespace {

constexpr ExpectPolicy policy{.max_expected = 4, .timeout = 180};
constexpr std::uint32_t master_timeout = 300;
constexpr std::array<std::string_view, 4> streams{"DATA ", "MESG ", "INDEX ", "STATE "};

/// The part of the answer between "CONNECT " and the end of its line, in bytes of the payload.
struct Connect {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::optional<Connect> find_connect(std::string_view payload) {
  constexpr std::string_view word = "CONNECT ";
  const std::size_t at = payload.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t end = payload.find('\n', at + word.size());
  if (end == std::string_view::npos) return std::nullopt;
  return Connect{.begin = at + word.size(), .end = end};
}

Verdict announce(const HelpedPacket& packet, Expectation expectation, std::size_t at,
                 std::size_t size) {
  Step& step = packet.step;
  expectation.saved_id = expectation.tuple.dst_id;
  expectation.direction = Direction::original;
  expectation.function = ExpectFunction::follow_master;
  const auto port = expect_on_free_port(step, expectation, policy);
  if (!port) return Verdict::drop;
  const std::string text = std::to_string(*port);
  const bool done = mangle_udp(step, packet.packet, {.at = at, .size = size, .text = text});
  return done ? Verdict::accept : Verdict::drop;
}

/// The expectation for one stream; nothing when the search ends here. What became of the streams
/// before counts on only without translation.
std::optional<Verdict> expect_stream(const HelpedPacket& packet, std::size_t at,
                                     const Connect& line, Verdict before) {
  constexpr std::size_t most_digits = 5;
  Step& step = packet.step;
  const Digits digits = read_digits(
      packet.udp_payload().substr(at, std::min(most_digits, line.end - std::min(at, line.end))));
  const auto port = static_cast<std::uint16_t>(digits.value);
  if (port == 0) return std::nullopt;
  if (digits.value > 0xffff && !step.holds(Clause::amanda_port_overflows)) return std::nullopt;
  Expectation expectation{.tuple = packet.conn.of(Direction::original), .master = &packet.conn};
  expectation.tuple.protocol = wire::ip_protocol::tcp;
  expectation.tuple.src_id = 0;
  expectation.tuple.dst_id = port;
  if (packet.mapped()) return announce(packet, expectation, at, digits.size);
  if (expect_related(step, expectation, policy) != Related::accepted) return Verdict::drop;
  const bool counts_on = step.holds(Clause::amanda_refused_stream_drops_the_answer);
  return counts_on ? before : Verdict::accept;
}

}  // namespace

Verdict help_amanda(const HelpedPacket& packet) {
  Step& step = packet.step;
  if (packet.direction() == Direction::original &&
      step.holds(Clause::amanda_answer_names_the_streams)) {
    return Verdict::accept;
  }
  if (step.holds(Clause::amanda_answer_keeps_the_request_alive)) {
    refresh(step, packet.conn, master_timeout);
  }
  const auto line = find_connect(packet.udp_payload());
  if (!line) return Verdict::accept;
  Verdict verdict = Verdict::accept;
  for (const std::string_view stream : streams) {
    const std::string_view text = packet.udp_payload().substr(line->begin, line->end - line->begin);
    const std::size_t at = text.find(stream);
    if (at == std::string_view::npos || !step.holds(Clause::amanda_streams_are_expected)) continue;
    const auto expected = expect_stream(packet, line->begin + at + stream.size(), *line, verdict);
    if (!expected) break;
    verdict = *expected;
  }
  return verdict;
}

}  // namespace natstep::model
