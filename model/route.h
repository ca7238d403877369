// SPDX-License-Identifier: GPL-2.0-or-later
// The tiny router between the hooks: what ip_rcv refuses, where a packet goes, TTL, MTU, and the packets that the box itself
// sends in answer. Source: net/ipv4/{ip_input,route,ip_forward,ip_output,icmp}.c.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/topology.h"
#include "model/wire/address.h"
#include "model/wire/bytes.h"

namespace natstep::model {

struct Packet;
class Step;

enum class RouteKind : std::uint8_t { local, broadcast, forward, unreachable, prohibit, blackhole, martian, no_route };

struct RouteDecision {
  RouteKind kind{};
  PortId out = no_port;
  std::optional<wire::Address> gateway;
  std::string_view reason;  // for martian and the like
};

/// ip_rcv_core: nothing when the packet is acceptable, else why it is dropped before any hook. Trims `packet.bytes` to total length.
std::optional<std::string_view> ip_rcv(Step& step, Packet& packet);

/// ip_route_input: the decision after PRE_ROUTING.
RouteDecision route_input(Step& step, const Packet& packet);
/// ip_route_output: where the box's own packet to `destination` goes.
RouteDecision route_output(Step& step, const wire::Address& destination);

/// inet_select_addr: the address that masquerade and the box's own packets use towards `next_hop` on `port`.
std::optional<wire::Address> select_address(const Topology& topology, PortId port, const wire::Address& next_hop);

/// True when the address belongs to the box.
bool is_local(const Topology& topology, const wire::Address& address);

}  // namespace natstep::model
