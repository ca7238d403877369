// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/ip_options.h"

#include "model/packet.h"
#include "model/path.h"
#include "model/wire/ipv4.h"

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

bool source_route_ends(Step& step, const Packet& packet) {
  if (!step.holds(Clause::source_route_is_refused)) return false;
  ends(step, packet, Fate::dropped_by_routing, "a source route, which the box does not follow");
  return true;
}

}  // namespace

bool accept_options(Step& step, const Packet& packet) {
  const wire::ByteView options = wire::Ipv4View(packet.bytes).options();
  for (std::size_t at = 0; at < options.size();) {
    const std::uint8_t kind = options[at];
    if (kind == option::end) return true;
    if (kind == option::nop) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < options.size() ? options[at + 1] : 0;
    if (length < 2 || at + length > options.size()) {
      step.unspecified("IP options with a malformed length");
      return true;
    }
    if (is_source_route(kind) && source_route_ends(step, packet)) return false;
    if (beyond_the_model(kind)) {
      step.unspecified("IP option " + std::to_string(kind));
    }
    at += length;
  }
  return true;
}

}  // namespace natstep::model
