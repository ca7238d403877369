// SPDX-License-Identifier: GPL-2.0-or-later
// Where an IPv6 packet goes, and which address the box gives to what it sends. Sources:
// net/ipv6/route.c, net/ipv6/addrconf.c (ipv6_dev_get_saddr), RFC 6724.
#pragma once

#include "model/router/route.h"
#include "model/wire/address.h"

#include <optional>

namespace natstep::model {

struct Packet;
class Step;

namespace ipv6_address {
constexpr bool is_multicast(const wire::Address& a) {
  return a.bytes[0] == 0xff;
}
constexpr std::uint8_t multicast_scope(const wire::Address& a) {
  return a.bytes[1] & 0x0f;
}
constexpr bool is_link_local(const wire::Address& a) {
  return a.bytes[0] == 0xfe && (a.bytes[1] & 0xc0) == 0x80;
}
wire::Address loopback();
bool is_loopback(const wire::Address& a);
bool is_unspecified(const wire::Address& a);
}  // namespace ipv6_address

/// ip6_route_input: the decision after PRE_ROUTING.
RouteDecision route_input_ipv6(Step& step, const Packet& packet);
/// The same for a packet to `destination`.
RouteDecision route_input_ipv6_to(Step& step, const Packet& packet,
                                  const wire::Address& destination);

/// ip6_route_output: where the box's own packet goes; by `through` only, when that is given.
RouteDecision route_output_ipv6(Step& step, const wire::Address& destination,
                                std::optional<PortId> through = {});

/// ipv6_dev_get_saddr: the source address that RFC 6724 section 5 chooses for a packet that leaves
/// by `port`. Nothing when there is no candidate.
std::optional<wire::Address> select_source_ipv6(Step& step, const wire::Address& destination,
                                                PortId port);

/// nf_nat_redirect_ipv6: the first address of the port's list whose scope fits `destination`.
std::optional<wire::Address> redirect_address_ipv6(Step& step, PortId port,
                                                   const wire::Address& destination);

}  // namespace natstep::model
