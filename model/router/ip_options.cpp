// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/ip_options.h"

#include "model/clause_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/answers.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <optional>
#include <string>

namespace natstep::model {
namespace {

/// RFC 791 section 3.1, with the copied bit.
namespace option {
constexpr std::uint8_t end = 0;
constexpr std::uint8_t nop = 1;
constexpr std::uint8_t record_route = 7;
constexpr std::uint8_t timestamp = 68;
constexpr std::uint8_t security = 134;
constexpr std::uint8_t loose_source_route = 131;
constexpr std::uint8_t strict_source_route = 137;
constexpr std::uint8_t router_alert = 148;
}  // namespace option

bool is_source_route(std::uint8_t kind) {
  return kind == option::loose_source_route || kind == option::strict_source_route;
}

/// Options that routers write into, or that have a format of their own to be judged.
bool beyond_the_model(std::uint8_t kind) {
  return kind == option::record_route || kind == option::timestamp || kind == option::security ||
         kind == option::router_alert;
}

/// What ip_options_compile finds.
struct Compiled {
  std::optional<std::size_t> malformed{};  // where, counted from the first option
  std::size_t end = 0;                     // first byte behind the end of the options
  bool source_route = false;
};

/// What is wrong with a source route: its length, its pointer, or that it is the second one.
std::optional<std::size_t> malformed_source_route(const Compiled& before, wire::ByteView options,
                                                  std::size_t at) {
  constexpr std::uint8_t shortest = 3, first_place = 4;
  if (options[at + 1] < shortest) return at + 1;
  if (options[at + 2] < first_place) return at + 2;
  return before.source_route ? std::optional(at) : std::nullopt;
}

/// The length of the option at `at`; nothing when it cannot be right.
std::optional<std::size_t> length_of(wire::ByteView options, std::size_t at) {
  if (at + 1 >= options.size()) return std::nullopt;
  const std::size_t length = options[at + 1];
  if (length < 2 || at + length > options.size()) return std::nullopt;
  return length;
}

Compiled compile(Step& step, wire::ByteView options) {
  Compiled found{.end = options.size()};
  for (std::size_t at = 0; at < options.size();) {
    const std::uint8_t kind = options[at];
    if (kind == option::end) {
      found.end = at + 1;
      return found;
    }
    const auto length =
        kind == option::nop ? std::optional<std::size_t>(1) : length_of(options, at);
    found.malformed = length ? std::nullopt : std::optional(at);
    if (length && is_source_route(kind)) {
      found.malformed = malformed_source_route(found, options, at);
      found.source_route |= !found.malformed;
    }
    if (found.malformed) return found;
    if (beyond_the_model(kind)) step.unspecified(Missing::ip_option, std::to_string(kind));
    at += *length;
  }
  return found;
}

/// The pointer of the parameter problem counts from the IP header on.
void report_malformed(Step& step, const Packet& packet, RouteKind route, const Compiled& found) {
  if (found.source_route) step.unspecified(Missing::error_along_a_source_route);
  ends(step, packet, Fate::dropped_by_routing, "a malformed IP option");
  const auto pointer = static_cast<std::uint32_t>(wire::ipv4::options + *found.malformed);
  icmp_send(step, packet, route, {.type = wire::icmpv4::parameter_problem, .rest = pointer << 24});
}

void clear_behind_end(Step& step, Packet& packet, std::size_t end) {
  const std::size_t header = wire::Ipv4View(packet.bytes).header_length();
  const auto rest =
      wire::MutableByteView(packet.bytes).first(header).subspan(wire::ipv4::options + end);
  const bool clear = std::ranges::all_of(rest, [](std::uint8_t byte) { return byte == 0; });
  if (clear || !step.holds(Clause::bytes_behind_end_of_options_are_zeroed)) return;
  std::ranges::fill(rest, std::uint8_t{0});
  packet.options_changed = true;
}

}  // namespace

bool accept_options(Step& step, Packet& packet, RouteKind route) {
  const Compiled found = compile(step, wire::Ipv4View(packet.bytes).options());
  if (found.malformed && step.holds(Clause::malformed_option_is_a_parameter_problem)) {
    report_malformed(step, packet, route, found);
    return false;
  }
  clear_behind_end(step, packet, found.end);
  if (!found.source_route || !step.holds(Clause::source_route_is_refused)) return true;
  ends(step, packet, Fate::dropped_by_routing, "a source route, which the box does not follow");
  return false;
}

void finish_options(Packet& packet) {
  if (packet.options_changed) wire::Ipv4Edit(packet.bytes).fill_checksum();
  packet.options_changed = false;
}

}  // namespace natstep::model
