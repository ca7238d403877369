// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/ipv6_route.h"

#include "model/clause_names.h"
#include "model/packet.h"

namespace natstep::model {

namespace ipv6_address {

wire::Address loopback() {
  wire::Address address{.family = wire::AddressFamily::ipv6};
  address.bytes.back() = 1;
  return address;
}

bool is_loopback(const wire::Address& a) {
  return a == loopback();
}

bool is_unspecified(const wire::Address& a) {
  return a == wire::Address{.family = wire::AddressFamily::ipv6};
}

}  // namespace ipv6_address

namespace {

using namespace ipv6_address;

constexpr std::uint8_t all_nodes_group = 1;

/// rt6_need_strict: such an address means something on its own link only.
bool is_of_one_link(const wire::Address& destination) {
  return is_multicast(destination) || is_link_local(destination);
}

/// The device joins ff02::1 by itself; nobody in the box joins anything else.
bool is_all_nodes(const wire::Address& group) {
  wire::Address all{.family = wire::AddressFamily::ipv6};
  all.bytes[0] = 0xff;
  all.bytes[1] = 0x02;
  all.bytes.back() = all_nodes_group;
  return group == all;
}

RouteDecision decision_of(const Fib6Entry& entry) {
  const bool here = entry.kind == RouteKind::local;
  return {.kind = entry.kind, .out = here ? loopback_port : entry.out, .gateway = entry.gateway};
}

/// A port without an IPv6 address still speaks IPv6 in a box that does.
RouteDecision decide(Step& step, const wire::Address& destination, std::optional<PortId> through) {
  if (is_of_one_link(destination) && !step.holds(Clause::link_local_stays_on_its_link)) {
    through.reset();
  }
  return decision_of(step.state().fib6.find(destination, through));
}

}  // namespace

RouteDecision route_input_ipv6_to(Step& step, const Packet& packet,
                                  const wire::Address& destination) {
  const auto through = is_of_one_link(destination) ? std::optional(packet.in) : std::nullopt;
  const RouteDecision decision = decide(step, destination, through);
  if (decision.kind == RouteKind::broadcast && !is_all_nodes(destination) &&
      step.holds(Clause::unjoined_ipv6_group_is_dropped)) {
    return {.kind = RouteKind::martian, .reason = "a multicast group that nobody joined"};
  }
  return decision;
}

RouteDecision route_input_ipv6(Step& step, const Packet& packet) {
  return route_input_ipv6_to(step, packet, destination_of(packet.bytes));
}

RouteDecision route_output_ipv6(Step& step, const wire::Address& destination,
                                std::optional<PortId> through) {
  return decide(step, destination, through);
}

}  // namespace natstep::model
