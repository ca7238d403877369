// SPDX-License-Identifier: GPL-2.0-or-later
// The tiny router between the hooks: what ip_rcv refuses, where a packet goes, TTL, MTU, and the
// packets that the box itself sends in answer. Source:
// net/ipv4/{ip_input,route,ip_forward,ip_output,icmp}.c.
#pragma once

#include "model/router/route_kind.h"
#include "model/topology.h"
#include "model/wire/address.h"
#include "model/wire/bytes.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace natstep::model {

struct Packet;
class Step;

struct RouteDecision {
  RouteKind kind{};
  PortId out = no_port;
  std::optional<wire::Address> gateway{};
  std::string_view reason{};  // for martian and the like
};

/// ip_rcv_core: nothing when the packet is acceptable, else why it is dropped before any hook.
/// Trims `packet.bytes` to total length.
std::optional<std::string_view> ip_rcv(Step& step, Packet& packet);

/// ip_route_input: the decision after PRE_ROUTING.
RouteDecision route_input(Step& step, const Packet& packet);
/// The same for a packet whose destination were `destination` (host order): what would be without
/// NAT.
RouteDecision route_input_to(Step& step, const Packet& packet, std::uint32_t destination);
/// ip_route_output: where the box's own packet to `destination` goes.
RouteDecision route_output(Step& step, const wire::Address& destination);
/// The source address that the box gives a packet of its own on the way to `destination`
/// (fib_result_prefsrc); nothing when there is no way or no address.
std::optional<wire::Address> preferred_source(Step& step, const wire::Address& destination);

/// inet_select_addr with universe scope: the address that masquerade and the box's own packets use
/// towards `next_hop` on `port`.
std::optional<wire::Address> select_address(const Topology& topology, PortId port,
                                            const wire::Address& next_hop);
/// select_address as masquerade asks for it, clause by clause.
std::optional<wire::Address> masquerade_address(Step& step, PortId port,
                                                const wire::Address& next_hop);
/// The first address of the port's list, which redirect uses.
std::optional<wire::Address> redirect_address(Step& step, PortId port);

/// The first address of the first port that has one.
std::optional<wire::Address> first_address_of_box(const Topology& topology);

/// True when the address belongs to the box.
bool is_local(const Topology& topology, const wire::Address& address);

/// The MTU of a port, loopback included. Bytes, L3.
std::uint32_t mtu_of(const Topology& topology, PortId port);

}  // namespace natstep::model
