// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/topology.h"

#include "netns/error.h"
#include "netns/netlink.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

namespace natstep::netns {
namespace {

constexpr int loopback_ifindex = 1;  // LOOPBACK_IFINDEX: every namespace begins with it

template <auto release>
struct Put {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
using Link = std::unique_ptr<rtnl_link, Put<rtnl_link_put>>;
using LinkAddress = std::unique_ptr<rtnl_addr, Put<rtnl_addr_put>>;
using Route = std::unique_ptr<rtnl_route, Put<rtnl_route_put>>;
using Nexthop = std::unique_ptr<rtnl_nexthop, Put<rtnl_route_nh_free>>;
using NlAddress = std::unique_ptr<nl_addr, Put<nl_addr_put>>;

int family_of(const wire::Address& address) {
  return address.family == wire::AddressFamily::ipv6 ? AF_INET6 : AF_INET;
}

NlAddress to_nl(const wire::Address& address, int prefix_length) {
  NlAddress result(::nl_addr_build(family_of(address), address.bytes.data(), address.size()));
  ::nl_addr_set_prefixlen(result.get(), prefix_length);
  return result;
}

NlAddress to_nl(const wire::Address& address) {
  return to_nl(address, static_cast<int>(address.size()) * 8);
}
NlAddress to_nl(const wire::Prefix& prefix) {
  return to_nl(prefix.address, prefix.length);
}

void check(int error, const std::string& what) {
  if (error < 0) throw_failed(what + ": " + ::nl_geterror(error));
}

/// A link that takes part in multicast reports its IPv6 groups unasked, when a timer says so.
enum class Multicast : std::uint8_t { as_it_is, off };

std::optional<std::string> refusal(int error) {
  if (error >= 0) return std::nullopt;
  return ::nl_geterror(error);
}

void bring_up(NetlinkSocket& socket, int ifindex, unsigned mtu, Multicast multicast) {
  const Link link(::rtnl_link_alloc());
  const Link changes(::rtnl_link_alloc());
  ::rtnl_link_set_ifindex(link.get(), ifindex);
  ::rtnl_link_set_flags(changes.get(), IFF_UP);
  if (multicast == Multicast::off) ::rtnl_link_unset_flags(changes.get(), IFF_MULTICAST);
  if (mtu != 0) ::rtnl_link_set_mtu(changes.get(), mtu);
  check(::rtnl_link_change(socket.get(), link.get(), changes.get(), 0),
        fmt::format("interface {} up", ifindex));
}

LinkAddress address_of(int ifindex, const wire::Prefix& prefix) {
  LinkAddress address(::rtnl_addr_alloc());
  ::rtnl_addr_set_ifindex(address.get(), ifindex);
  ::rtnl_addr_set_local(address.get(), to_nl(prefix).get());
  // Else an IPv6 address is tentative, and no source, until a work queue has looked at it.
  if (family_of(prefix.address) == AF_INET6) {
    ::rtnl_addr_set_flags(address.get(), IFA_F_NODAD);
  }
  return address;
}

void add_address(NetlinkSocket& socket, int ifindex, const wire::Prefix& prefix) {
  check(::rtnl_addr_add(socket.get(), address_of(ifindex, prefix).get(), 0),
        "address " + to_string(prefix));
}

std::uint8_t kernel_type(RouteType type) {
  switch (type) {
    case RouteType::unicast:
      return RTN_UNICAST;
    case RouteType::unreachable:
      return RTN_UNREACHABLE;
    case RouteType::prohibit:
      return RTN_PROHIBIT;
    case RouteType::blackhole:
      return RTN_BLACKHOLE;
  }
  return RTN_UNSPEC;
}

/// A neighbour is of link scope; what lies behind a gateway, or nowhere, is universal
/// (ip-route(8)).
std::uint8_t scope_of(const RouteSpec& spec) {
  return spec.type == RouteType::unicast && !spec.gateway ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

void add_nexthop(rtnl_route* route, const RouteSpec& spec, int ifindex) {
  Nexthop hop(::rtnl_route_nh_alloc());
  if (ifindex != 0) ::rtnl_route_nh_set_ifindex(hop.get(), ifindex);
  if (spec.gateway) ::rtnl_route_nh_set_gateway(hop.get(), to_nl(*spec.gateway).get());
  ::rtnl_route_add_nexthop(route, hop.release());
}

Route route_of(const RouteSpec& spec, int ifindex) {
  Route route(::rtnl_route_alloc());
  ::rtnl_route_set_family(route.get(),
                          static_cast<std::uint8_t>(family_of(spec.destination.address)));
  ::rtnl_route_set_dst(route.get(), to_nl(spec.destination).get());
  ::rtnl_route_set_table(route.get(), RT_TABLE_MAIN);
  ::rtnl_route_set_protocol(route.get(), RTPROT_STATIC);
  ::rtnl_route_set_type(route.get(), kernel_type(spec.type));
  ::rtnl_route_set_scope(route.get(), scope_of(spec));
  if (spec.type == RouteType::unicast) add_nexthop(route.get(), spec, ifindex);
  return route;
}

void add_route(NetlinkSocket& socket, const RouteSpec& spec, const std::vector<TunPort>& ports) {
  const int ifindex = spec.port == no_port ? 0 : ports.at(spec.port).ifindex();
  check(::rtnl_route_add(socket.get(), route_of(spec, ifindex).get(), 0),
        "route " + to_string(spec.destination));
}

bool is_ipv6(const wire::Prefix& prefix) {
  return prefix.address.family == wire::AddressFamily::ipv6;
}

std::size_t ipv6_addresses(const TopologySpec& topology) {
  std::size_t count = 0;
  for (const PortSpec& port : topology.ports)
    count += static_cast<std::size_t>(std::ranges::count_if(port.addresses, is_ipv6));
  return count;
}

bool makes_address_local(nlmsghdr& header) {
  if (header.nlmsg_type != RTM_NEWROUTE) return false;
  const auto* route = static_cast<const rtmsg*>(::nlmsg_data(&header));
  return route->rtm_type == RTN_LOCAL && route->rtm_dst_len == 128;
}

/// An IPv6 address is the box's own only once a work queue has made its route
/// (addrconf_dad_completed), which the kernel announces.
void wait_for_own_addresses(NetlinkSocket& new_routes, std::size_t missing) {
  if (missing == 0) return;
  new_routes.receive_until([&](nlmsghdr& header) {
    if (missing != 0 && makes_address_local(header)) --missing;
    return missing == 0;
  });
}

}  // namespace

std::vector<TunPort> build_topology(const TopologySpec& topology) {
  NetlinkSocket socket(NETLINK_ROUTE);
  bring_up(socket, loopback_ifindex, 0, Multicast::as_it_is);
  NetlinkSocket new_routes(NETLINK_ROUTE);
  new_routes.join(RTNLGRP_IPV6_ROUTE);
  const Multicast multicast = speaks_ipv6(topology) ? Multicast::off : Multicast::as_it_is;
  const TunFrames frames = topology.offload ? TunFrames::with_offload_header : TunFrames::bare;
  std::vector<TunPort> ports;
  ports.reserve(topology.ports.size());
  for (const PortSpec& spec : topology.ports) {
    const int ifindex = ports.emplace_back(spec.name, frames).ifindex();
    bring_up(socket, ifindex, spec.mtu, multicast);
    for (const wire::Prefix& address : spec.addresses)
      add_address(socket, ifindex, address);
  }
  wait_for_own_addresses(new_routes, ipv6_addresses(topology));
  for (const RouteSpec& route : topology.routes)
    add_route(socket, route, ports);
  return ports;
}

std::optional<std::string> change_address(int ifindex, const AddressChange& change) {
  NetlinkSocket socket(NETLINK_ROUTE);
  const LinkAddress address = address_of(ifindex, change.prefix);
  return refusal(change.change == Change::add ? ::rtnl_addr_add(socket.get(), address.get(), 0)
                                              : ::rtnl_addr_delete(socket.get(), address.get(), 0));
}

std::optional<std::string> change_link(int ifindex, LinkState state) {
  NetlinkSocket socket(NETLINK_ROUTE);
  const Link link(::rtnl_link_alloc());
  const Link changes(::rtnl_link_alloc());
  ::rtnl_link_set_ifindex(link.get(), ifindex);
  if (state == LinkState::up) {
    ::rtnl_link_set_flags(changes.get(), IFF_UP);
  } else {
    ::rtnl_link_unset_flags(changes.get(), IFF_UP);
  }
  return refusal(::rtnl_link_change(socket.get(), link.get(), changes.get(), 0));
}

std::optional<std::string> change_route(int ifindex, const RouteChange& change) {
  NetlinkSocket socket(NETLINK_ROUTE);
  const Route route = route_of(change.route, ifindex);
  return refusal(change.change == Change::add ? ::rtnl_route_add(socket.get(), route.get(), 0)
                                              : ::rtnl_route_delete(socket.get(), route.get(), 0));
}

bool speaks_ipv6(const TopologySpec& topology) {
  return ipv6_addresses(topology) != 0;
}

}  // namespace natstep::netns
