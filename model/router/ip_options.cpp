// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/ip_options.h"

#include "model/clause_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/answers.h"
#include "model/router/route.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"

#include <algorithm>

namespace natstep::model {
namespace {

constexpr std::size_t length_at = 1, pointer_at = 2;

wire::MutableByteView option_at(Packet& packet, std::size_t at) {
  return wire::MutableByteView(packet.bytes).subspan(at, packet.bytes[at + length_at]);
}

/// The pointer of the parameter problem counts from the IP header on.
void report_problem(Step& step, const Packet& packet, RouteKind route, std::size_t where,
                    std::string_view reason) {
  ends(step, packet, Fate::dropped_by_routing, reason);
  const auto pointer = static_cast<std::uint32_t>(where);
  icmp_send(step, packet, route, {.type = wire::icmpv4::parameter_problem, .rest = pointer << 24});
}

/// Packets that are not at a place which the source route names. Only a loose one may pass by.
bool pass_between_stations(Step& step, Packet& packet, const RouteDecision& route) {
  if (route.kind != RouteKind::forward) {
    ends(step, packet, Fate::dropped_by_routing, "a source route that leads nowhere");
    return false;
  }
  constexpr std::size_t destination_at = 16;
  if (!packet.options.strict || !step.holds(Clause::strict_source_route_names_every_hop))
    return true;
  report_problem(step, packet, route.kind, destination_at, "a strict source route missed a hop");
  return false;
}

/// The next place of the source route that is not the box itself. The box's own are skipped at
/// once.
bool go_on(Step& step, Packet& packet, RouteDecision& route) {
  const wire::Ipv4Edit header(packet.bytes);
  const auto one = option_at(packet, packet.options.source_route);
  for (std::size_t at = one[pointer_at]; at <= one.size(); at += option::place) {
    if (at + option::place - 1 > one.size()) {
      report_problem(step, packet, route.kind, packet.options.source_route + pointer_at,
                     "a source route with half an address");
      return false;
    }
    const std::uint32_t next = wire::load_be32(&one[at - 1]);
    const RouteDecision to_next = route_input_to(step, packet, next);
    if (to_next.kind != RouteKind::forward && to_next.kind != RouteKind::local) {
      ends(step, packet, Fate::dropped_by_routing, "a source route that leads nowhere");
      return false;
    }
    route = to_next;
    packet.options.changed = true;
    if (to_next.kind == RouteKind::forward) {
      packet.options.next_hop = next;
      return true;
    }
    header.set_dst(next);
  }
  return true;
}

/// ip_options_rcv_srr.
bool follow_source_route(Step& step, Packet& packet, RouteDecision& route) {
  if (!step.settings().accept_source_route && step.holds(Clause::source_route_is_refused)) {
    ends(step, packet, Fate::dropped_by_routing, "a source route, which the box does not follow");
    return false;
  }
  if (route.kind != RouteKind::local) return pass_between_stations(step, packet, route);
  if (!step.holds(Clause::source_route_leads_on)) return true;
  const bool translated = packet.tracked();
  if (!translated || step.holds(Clause::source_route_leaves_its_entry_behind))
    return go_on(step, packet, route);
  return true;
}

/// The way out's own address: fib_result_prefsrc, else that of the port.
std::uint32_t address_of_the_way_out(Step& step, const Packet& packet) {
  const wire::Address destination = wire::Ipv4View(packet.bytes).dst_address();
  auto own = preferred_source(step, destination);
  if (!own) own = select_address(step.topology(), packet.out, destination);
  return own ? own->ipv4_value() : 0;
}

/// The last place that the pointer has passed is the box's.
void record_way_out(Step& step, Packet& packet) {
  const auto one = option_at(packet, packet.options.record_route);
  if (!step.holds(Clause::recorded_address_is_of_the_way_out)) return;
  wire::store_be32(&one[one[pointer_at] - option::place - 1], address_of_the_way_out(step, packet));
  packet.options.changed = true;
}

/// The hop becomes the destination, and the box's address stands in its place.
void advance_source_route(Step& step, Packet& packet) {
  const auto one = option_at(packet, packet.options.source_route);
  for (std::size_t at = one[pointer_at]; at + option::place - 1 <= one.size();
       at += option::place) {
    if (wire::load_be32(&one[at - 1]) != *packet.options.next_hop) continue;
    wire::Ipv4Edit(packet.bytes).set_dst(*packet.options.next_hop);
    if (step.holds(Clause::source_route_records_the_way_out))
      wire::store_be32(&one[at - 1], address_of_the_way_out(step, packet));
    one[pointer_at] = static_cast<std::uint8_t>(at + option::place);
    return;
  }
}

}  // namespace

bool accept_options(Step& step, Packet& packet, RouteDecision& route) {
  if (wire::Ipv4View(packet.bytes).options().empty()) return true;
  const auto malformed = compile_options(step, packet, route);
  if (malformed && step.holds(Clause::malformed_option_is_a_parameter_problem)) {
    report_problem(step, packet, route.kind, *malformed, "a malformed IP option");
    return false;
  }
  return packet.options.source_route == 0 || follow_source_route(step, packet, route);
}

void finish_options(Step& step, Packet& packet) {
  if (packet.options.route_to_record && packet.options.next_hop)
    step.unspecified(Missing::record_route_beside_a_source_route);
  if (packet.options.route_to_record) record_way_out(step, packet);
  if (packet.options.next_hop) advance_source_route(step, packet);
  if (packet.options.changed) wire::Ipv4Edit(packet.bytes).fill_checksum();
  packet.options.changed = false;
}

}  // namespace natstep::model
