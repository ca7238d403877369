// SPDX-License-Identifier: GPL-2.0-or-later
// The routing decision. Source: net/ipv4/route.c (ip_route_input_slow), net/ipv4/fib_frontend.c
// (fib_add_ifaddr, fib_validate_source).
#include "model/route.h"

#include "model/packet.h"
#include "model/wire/ipv4.h"

#include <algorithm>

namespace natstep::model {
namespace {

constexpr std::uint32_t limited_broadcast = 0xffffffff;
constexpr std::uint32_t all_hosts_group = 0xe0000001;
constexpr std::uint32_t loopback_address = 0x7f000001;
constexpr std::uint32_t loopback_mtu = 65536;

bool is_multicast(std::uint32_t a) {
  return (a >> 28) == 0xe;
}
bool is_loopback(std::uint32_t a) {
  return (a >> 24) == 127;
}
constexpr std::uint32_t unspecified_address = 0;

std::uint32_t mask_of(std::uint8_t length) {
  return length == 0 ? 0 : ~0u << (32 - length);
}

bool inside(const wire::Prefix& prefix, std::uint32_t address) {
  return ((prefix.address.ipv4_value() ^ address) & mask_of(prefix.length)) == 0;
}

bool is_ipv4(const wire::Prefix& prefix) {
  return prefix.address.family == wire::AddressFamily::ipv4;
}

template <typename Visit>
void for_each_address(const Topology& topology, Visit&& visit) {
  for (std::size_t i = 0; i < topology.ports.size(); ++i) {
    for (const wire::Prefix& prefix : topology.ports[i].addresses) {
      if (is_ipv4(prefix)) visit(static_cast<PortId>(i), prefix);
    }
  }
}

bool is_address_of_a_port(const Topology& topology, std::uint32_t address) {
  bool found = false;
  for_each_address(topology, [&](PortId, const wire::Prefix& prefix) {
    found |= prefix.address.ipv4_value() == address;
  });
  return found;
}

/// The broadcast addresses that each interface address brings with it (fib_add_ifaddr). Old kernels
/// add the network address.
bool is_broadcast(Step& step, std::uint32_t address) {
  bool found = false;
  for_each_address(step.topology(), [&](PortId, const wire::Prefix& prefix) {
    if (prefix.length >= 31 || !inside(prefix, address)) return;
    const std::uint32_t host = address & ~mask_of(prefix.length);
    found |= host == ~mask_of(prefix.length);
    found |= host == 0 && !step.profile().network_address_is_unicast;
  });
  return found;
}

/// The best entry of the main table found so far.
struct Best {
  int length = -1;
  RouteDecision decision{.kind = RouteKind::no_route};
  std::optional<std::uint32_t> connected_source;  // the address that made a connected route

  void offer(std::uint8_t prefix_length, const RouteDecision& candidate) {
    length = prefix_length;
    decision = candidate;
    connected_source.reset();
  }
};

RouteKind kind_of(RouteType type) {
  switch (type) {
    case RouteType::unicast:
      return RouteKind::forward;
    case RouteType::unreachable:
      return RouteKind::unreachable;
    case RouteType::prohibit:
      return RouteKind::prohibit;
    case RouteType::blackhole:
      return RouteKind::blackhole;
  }
  return RouteKind::no_route;
}

/// The main table: connected prefixes and the scenario's routes, the longest prefix first.
Best lookup_main(Step& step, std::uint32_t destination) {
  Best best;
  const auto better = [&](std::uint8_t length) {
    if (best.length < 0) return true;
    if (best.length == length) return false;
    return step.holds(Clause::longest_prefix_wins) ? length > best.length : length < best.length;
  };
  for_each_address(step.topology(), [&](PortId port, const wire::Prefix& prefix) {
    if (prefix.length == 32 || !inside(prefix, destination) || !better(prefix.length)) return;
    best.offer(prefix.length, {.kind = RouteKind::forward, .out = port});
    best.connected_source = prefix.address.ipv4_value();
  });
  for (const Route& route : step.topology().routes) {
    if (!is_ipv4(route.destination) || !inside(route.destination, destination)) continue;
    if (!better(route.destination.length)) continue;
    best.offer(route.destination.length,
               {.kind = kind_of(route.type), .out = route.port, .gateway = route.gateway});
  }
  return best;
}

/// fib_lookup: the local table, then the main one.
Best lookup(Step& step, std::uint32_t destination) {
  Best best;
  if (is_loopback(destination) || is_address_of_a_port(step.topology(), destination)) {
    best.decision = {.kind = RouteKind::local, .out = loopback_port};
    best.connected_source = is_loopback(destination) ? loopback_address : destination;
    return best;
  }
  if (is_broadcast(step, destination)) {
    best.decision = {.kind = RouteKind::broadcast};
    return best;
  }
  return lookup_main(step, destination);
}

RouteDecision martian(std::string_view reason) {
  return {.kind = RouteKind::martian, .reason = reason};
}

/// What is refused whatever the tables say. Nothing when the addresses are fit to be looked up.
std::optional<RouteDecision> refuse(Step& step, std::uint32_t source, std::uint32_t destination) {
  const bool localnet = step.settings().route_localnet;
  if ((is_multicast(source) || source == limited_broadcast) &&
      step.holds(Clause::group_source_is_martian)) {
    return martian("the source is a multicast or broadcast address");
  }
  if (destination == limited_broadcast) return RouteDecision{.kind = RouteKind::broadcast};
  if (source == unspecified_address && step.holds(Clause::zero_source_is_martian)) {
    return destination == unspecified_address ? RouteDecision{.kind = RouteKind::broadcast}
                                              : martian("the source is 0.0.0.0");
  }
  if (destination == unspecified_address && step.holds(Clause::zero_destination_is_martian)) {
    return martian("the destination is 0.0.0.0");
  }
  if (is_loopback(destination) && !localnet &&
      step.holds(Clause::loopback_destination_is_martian)) {
    return martian("a loopback destination from outside");
  }
  if (!is_loopback(destination) && is_loopback(source) && !localnet &&
      step.holds(Clause::loopback_source_is_martian)) {
    return martian("a loopback source from outside");
  }
  return std::nullopt;
}

/// fib_validate_source, as it works without rp_filter: only the box's own addresses are refused.
bool source_is_ours(Step& step, std::uint32_t source) {
  const bool ours = source == loopback_address || is_address_of_a_port(step.topology(), source);
  return ours && step.holds(Clause::own_address_as_source_is_martian);
}

/// The device joins 224.0.0.1 by itself; nobody in the box joins anything else.
RouteDecision multicast_input(std::uint32_t destination) {
  if (destination == all_hosts_group) return {.kind = RouteKind::broadcast};
  return martian("a multicast group that nobody joined");
}

RouteDecision with_forwarding(Step& step, RouteDecision decision) {
  if (step.settings().ip_forward || !step.holds(Clause::forwarding_must_be_on)) return decision;
  return {.kind = RouteKind::blackhole, .reason = "forwarding is off"};
}

RouteDecision decide_input(Step& step, std::uint32_t source, std::uint32_t destination) {
  if (is_multicast(destination)) return multicast_input(destination);
  if (const auto refused = refuse(step, source, destination)) return *refused;
  const RouteDecision decision = lookup(step, destination).decision;
  const bool delivered = decision.kind == RouteKind::local || decision.kind == RouteKind::broadcast;
  if (!delivered && !step.settings().ip_forward) return with_forwarding(step, decision);
  const bool refusable = delivered || decision.kind == RouteKind::forward;
  if (refusable && source_is_ours(step, source)) return martian("the source is the box's own");
  return decision;
}

/// Secondary addresses lie in the prefix of an earlier one. They come last, and are never chosen as
/// a source.
bool is_secondary(const Port& port, std::size_t at) {
  const wire::Prefix& candidate = port.addresses[at];
  return std::any_of(port.addresses.begin(), port.addresses.begin() + static_cast<long>(at),
                     [&](const wire::Prefix& earlier) {
                       return is_ipv4(earlier) && earlier.length == candidate.length &&
                              inside(earlier, candidate.address.ipv4_value());
                     });
}

std::vector<wire::Prefix> primaries(const Port& port) {
  std::vector<wire::Prefix> found;
  for (std::size_t i = 0; i < port.addresses.size(); ++i) {
    if (is_ipv4(port.addresses[i]) && !is_secondary(port, i)) found.push_back(port.addresses[i]);
  }
  return found;
}

std::vector<wire::Prefix> primaries(const Topology& topology, PortId port) {
  return port < topology.ports.size() ? primaries(topology.ports[port])
                                      : std::vector<wire::Prefix>{};
}

}  // namespace

RouteDecision route_input(Step& step, const Packet& packet) {
  const wire::Ipv4View header(packet.bytes);
  return decide_input(step, header.src(), header.dst());
}

RouteDecision route_input_to(Step& step, const Packet& packet, std::uint32_t destination) {
  return decide_input(step, wire::Ipv4View(packet.bytes).src(), destination);
}

RouteDecision route_output(Step& step, const wire::Address& destination) {
  const std::uint32_t address = destination.ipv4_value();
  if (address == limited_broadcast || is_multicast(address)) {
    return {.kind = RouteKind::broadcast};
  }
  return lookup(step, address).decision;
}

std::optional<wire::Address> preferred_source(Step& step, const wire::Address& destination) {
  const Best best = lookup(step, destination.ipv4_value());
  if (best.connected_source) return wire::Address::ipv4(*best.connected_source);
  if (best.decision.kind != RouteKind::forward) return std::nullopt;
  const wire::Address anyone = wire::Address::ipv4(unspecified_address);
  return select_address(step.topology(), best.decision.out, best.decision.gateway.value_or(anyone));
}

std::optional<wire::Address> select_address(const Topology& topology, PortId port,
                                            const wire::Address& next_hop) {
  const auto candidates = primaries(topology, port);
  const auto near = std::ranges::find_if(candidates, [&](const wire::Prefix& prefix) {
    return inside(prefix, next_hop.ipv4_value());
  });
  if (near != candidates.end()) return near->address;
  if (!candidates.empty()) return candidates.front().address;
  return first_address_of_box(topology);
}

std::optional<wire::Address> masquerade_address(Step& step, PortId port,
                                                const wire::Address& next_hop) {
  const Topology& topology = step.topology();
  const auto candidates = primaries(topology, port);
  if (candidates.empty()) {
    if (!step.holds(Clause::masquerade_borrows_an_address)) return std::nullopt;
    return first_address_of_box(topology);
  }
  if (!step.holds(Clause::masquerade_uses_the_address_of_the_way_out)) {
    return first_address_of_box(topology);
  }
  if (candidates.size() > 1 && !step.holds(Clause::masquerade_prefers_the_next_hops_prefix)) {
    return candidates.front().address == select_address(topology, port, next_hop)
               ? candidates.back().address
               : candidates.front().address;
  }
  return select_address(topology, port, next_hop);
}

std::optional<wire::Address> redirect_address(Step& step, PortId port) {
  if (port == loopback_port) return wire::Address::ipv4(loopback_address);
  if (port >= step.topology().ports.size()) return std::nullopt;
  const Port& in = step.topology().ports[port];
  const auto candidates = primaries(in);
  if (candidates.empty()) return std::nullopt;
  return step.holds(Clause::redirect_uses_the_first_address) ? candidates.front().address
                                                             : in.addresses.back().address;
}

std::optional<wire::Address> first_address_of_box(const Topology& topology) {
  for (const Port& port : topology.ports) {
    const auto candidates = primaries(port);
    if (!candidates.empty()) return candidates.front().address;
  }
  return std::nullopt;
}

bool is_local(const Topology& topology, const wire::Address& address) {
  const std::uint32_t value = address.ipv4_value();
  return is_loopback(value) || is_address_of_a_port(topology, value);
}

std::uint32_t mtu_of(const Topology& topology, PortId port) {
  return port < topology.ports.size() ? topology.ports[port].mtu : loopback_mtu;
}

}  // namespace natstep::model
