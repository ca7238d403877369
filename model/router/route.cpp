// SPDX-License-Identifier: GPL-2.0-or-later
// The routing decision. Source: net/ipv4/route.c (ip_route_input_slow), net/ipv4/fib_frontend.c
// (fib_add_ifaddr, fib_validate_source).
#include "model/router/route.h"

#include "model/clause_names.h"
#include "model/packet.h"
#include "model/router/fib.h"
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
/// No one's own address.
bool is_group(std::uint32_t a) {
  return is_multicast(a) || a == limited_broadcast;
}
constexpr std::uint32_t unspecified_address = 0;

bool inside(const wire::Prefix& prefix, std::uint32_t address) {
  return ((prefix.address.ipv4_value() ^ address) & mask_of(prefix.length)) == 0;
}

bool is_ipv4(const wire::Prefix& prefix) {
  return prefix.address.family == wire::AddressFamily::ipv4;
}

const FibEntry& lookup(Step& step, std::uint32_t destination) {
  const Fib& fib = step.state().fib;
  return step.holds(Clause::longest_prefix_wins) ? fib.find(destination)
                                                 : fib.find_shortest(destination);
}

RouteDecision decision_of(const FibEntry& entry) {
  return {.kind = entry.kind, .out = entry.out, .gateway = entry.gateway};
}

RouteDecision martian(std::string_view reason) {
  return {.kind = RouteKind::martian, .reason = reason};
}

/// fib_validate_source, as it works without rp_filter: only the box's own addresses are refused.
bool source_is_ours(Step& step, std::uint32_t source) {
  return step.state().fib.is_own(source) && step.holds(Clause::own_address_as_source_is_martian);
}

/// What is refused whatever the tables say. Nothing when the addresses are fit to be looked up.
std::optional<RouteDecision> refuse(Step& step, std::uint32_t source, std::uint32_t destination) {
  const bool localnet = step.settings().route_localnet;
  if (is_group(source) && step.holds(Clause::group_source_is_martian)) {
    return martian("the source is a multicast or broadcast address");
  }
  if (destination == limited_broadcast) {
    if (source_is_ours(step, source)) return martian("the source is the box's own");
    return RouteDecision{.kind = RouteKind::broadcast};
  }
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

/// ip_mc_validate_source. The device joins 224.0.0.1 by itself; nobody in the box joins anything
/// else.
RouteDecision multicast_input(Step& step, std::uint32_t source, std::uint32_t destination) {
  if (is_group(source) && step.holds(Clause::group_source_is_martian)) {
    return martian("the source is a multicast or broadcast address");
  }
  if (is_loopback(source) && !step.settings().route_localnet &&
      step.holds(Clause::loopback_source_is_martian)) {
    return martian("a loopback source from outside");
  }
  if (source_is_ours(step, source)) return martian("the source is the box's own");
  if (destination == all_hosts_group) return {.kind = RouteKind::broadcast};
  return martian("a multicast group that nobody joined");
}

RouteDecision with_forwarding(Step& step, RouteDecision decision) {
  if (step.settings().ip_forward || !step.holds(Clause::forwarding_must_be_on)) return decision;
  return {.kind = RouteKind::blackhole, .reason = "forwarding is off"};
}

RouteDecision decide_input(Step& step, std::uint32_t source, std::uint32_t destination) {
  if (is_multicast(destination)) return multicast_input(step, source, destination);
  if (const auto refused = refuse(step, source, destination)) return *refused;
  const RouteDecision decision = decision_of(lookup(step, destination));
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

/// The first of the port's other addresses that fits.
template <typename Fits>
std::optional<wire::Address> find_primary(const Port& port, Fits&& fits) {
  for (std::size_t i = 0; i < port.addresses.size(); ++i) {
    const wire::Prefix& candidate = port.addresses[i];
    if (is_ipv4(candidate) && !is_secondary(port, i) && fits(candidate)) return candidate.address;
  }
  return std::nullopt;
}

std::optional<wire::Address> first_primary(const Port& port) {
  return find_primary(port, [](const wire::Prefix&) { return true; });
}

const Port& port_or_none(const Topology& topology, PortId port) {
  static const Port none;
  return port < topology.ports.size() ? topology.ports[port] : none;
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
  return decision_of(lookup(step, address));
}

std::optional<wire::Address> preferred_source(Step& step, const wire::Address& destination) {
  const FibEntry& entry = lookup(step, destination.ipv4_value());
  if (entry.source) return wire::Address::ipv4(*entry.source);
  if (entry.kind != RouteKind::forward) return std::nullopt;
  const wire::Address anyone = wire::Address::ipv4(unspecified_address);
  return select_address(step.topology(), entry.out, entry.gateway.value_or(anyone));
}

std::optional<wire::Address> select_address(const Topology& topology, PortId port,
                                            const wire::Address& next_hop) {
  const Port& out = port_or_none(topology, port);
  const auto near = find_primary(
      out, [&](const wire::Prefix& candidate) { return inside(candidate, next_hop.ipv4_value()); });
  if (near) return near;
  const auto first = first_primary(out);
  return first ? first : first_address_of_box(topology);
}

std::optional<wire::Address> masquerade_address(Step& step, PortId port,
                                                const wire::Address& next_hop) {
  const Topology& topology = step.topology();
  const Port& out = port_or_none(topology, port);
  if (!first_primary(out)) {
    if (!step.holds(Clause::masquerade_borrows_an_address)) return std::nullopt;
    return first_address_of_box(topology);
  }
  if (!step.holds(Clause::masquerade_uses_the_address_of_the_way_out)) {
    return first_address_of_box(topology);
  }
  const auto chosen = select_address(topology, port, next_hop);
  const auto other =
      find_primary(out, [&](const wire::Prefix& candidate) { return candidate.address != chosen; });
  if (other && !step.holds(Clause::masquerade_prefers_the_next_hops_prefix)) return other;
  return chosen;
}

std::optional<wire::Address> redirect_address(Step& step, PortId port) {
  if (port == loopback_port) return wire::Address::ipv4(loopback_address);
  if (port >= step.topology().ports.size()) return std::nullopt;
  const Port& in = step.topology().ports[port];
  const auto first = first_primary(in);
  if (!first) return std::nullopt;
  return step.holds(Clause::redirect_uses_the_first_address) ? *first : in.addresses.back().address;
}

std::optional<wire::Address> first_address_of_box(const Topology& topology) {
  for (const Port& port : topology.ports) {
    if (const auto first = first_primary(port)) return first;
  }
  return std::nullopt;
}

bool is_local(const Topology& topology, const wire::Address& address) {
  const std::uint32_t value = address.ipv4_value();
  return is_loopback(value) || std::ranges::any_of(topology.ports, [&](const Port& port) {
           return std::ranges::any_of(port.addresses, [&](const wire::Prefix& prefix) {
             return prefix.address == address;
           });
         });
}

std::uint32_t mtu_of(const Topology& topology, PortId port) {
  return port < topology.ports.size() ? topology.ports[port].mtu : loopback_mtu;
}

}  // namespace natstep::model
