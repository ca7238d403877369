// SPDX-License-Identifier: GPL-2.0-or-later
// The forwarding information base of IPv6: the box's addresses, the anycast addresses of its
// prefixes, multicast, connected prefixes and routes, in the order in which they win. Source:
// net/ipv6/addrconf.c (addrconf_prefix_route, addrconf_join_anycast), net/ipv6/route.c.
#pragma once

#include "model/router/route_kind.h"
#include "model/topology.h"
#include "model/wire/address.h"

#include <optional>
#include <vector>

namespace natstep::model {

struct Fib6Entry {
  wire::Prefix destination{};
  RouteKind kind = RouteKind::no_route;
  PortId out =
      no_port;  // what the entry belongs to: for the box's addresses the port that has them
  std::optional<wire::Address> gateway{};
  bool own = false;  // an address that the box has, not just one that it answers to
};

class Fib6 {
 public:
  static Fib6 compile(const Topology& topology);

  /// The entry that wins for `destination`; the one that says so when there is no route. Only
  /// entries of the port `through` count when one is given (RT6_LOOKUP_F_IFACE).
  [[nodiscard]] const Fib6Entry& find(const wire::Address& destination,
                                      std::optional<PortId> through) const;
  /// Whether the box has the address.
  [[nodiscard]] bool is_own(const wire::Address& address) const;
  /// Whether it is the anycast address of the routers of a connected prefix (RFC 4291 section
  /// 2.6.1).
  [[nodiscard]] bool is_anycast(const wire::Address& address) const;

 private:
  std::vector<Fib6Entry> entries_;  // the longest prefix first
  Fib6Entry none_;
};

}  // namespace natstep::model
