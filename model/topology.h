// SPDX-License-Identifier: GPL-2.0-or-later
// What the model knows of the box: its ports (interfaces), their addresses, the routes, and the
// settings that decide what happens to a packet. Plain values; the harness fills them from a
// scenario.
#pragma once

#include "model/wire/address.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::model {

/// An index into Topology::ports. Not the kernel's ifindex.
using PortId = std::uint16_t;
inline constexpr PortId no_port = 0xffff;
/// The loopback interface, "lo", which every box has and no topology lists.
inline constexpr PortId loopback_port = 0xfffe;

enum class LinkState : std::uint8_t { up, down };

/// One interface of the box: a point-to-point L3 device without link layer.
struct Port {
  std::string name;  // "lan"; the interface's name in rules as well
  std::vector<wire::Prefix>
      addresses;             // in order of addition; the first of a prefix is its primary address
  std::uint32_t mtu = 1500;  // bytes, L3
  LinkState link = LinkState::up;
};

enum class RouteType : std::uint8_t { unicast, unreachable, prohibit, blackhole };

struct Route {
  wire::Prefix destination;
  std::optional<wire::Address> gateway;  // none: on-link
  PortId port = no_port;                 // unicast only
  RouteType type = RouteType::unicast;
};

/// The sysctls that the model understands, with the values that natstep sets in its namespaces.
struct Settings {
  bool ip_forward = true;
  bool ipv6_forwarding = true;     // net.ipv6.conf.all.forwarding
  bool conntrack_checksum = true;  // net.netfilter.nf_conntrack_checksum
  bool conntrack_acct = false;     // net.netfilter.nf_conntrack_acct
  bool tcp_loose = true;
  bool tcp_be_liberal = false;
  bool tcp_ignore_invalid_rst = false;
  bool dccp_loose = true;
  bool route_localnet = false;
  bool accept_source_route = false;  // net.ipv4.conf.all.accept_source_route
  std::uint32_t conntrack_max = 0;   // net.netfilter.nf_conntrack_max; 0: what the machine has room
                                     // for
  std::uint8_t tcp_max_retrans = 3;
  std::uint8_t default_ttl = 64;            // net.ipv4.ip_default_ttl
  std::uint8_t fragment_max_distance = 64;  // net.ipv4.ipfrag_max_dist
  struct Timeouts {                         // seconds; nf_conntrack_*_timeout*
    std::uint32_t tcp_syn_sent = 120, tcp_syn_recv = 60, tcp_established = 432000,
                  tcp_fin_wait = 120, tcp_close_wait = 60, tcp_last_ack = 30, tcp_time_wait = 120,
                  tcp_close = 10, tcp_syn_sent2 = 120, tcp_max_retrans = 300,
                  tcp_unacknowledged = 300;
    std::uint32_t udp = 30, udp_stream = 120, icmp = 30, icmpv6 = 30, gre = 30, gre_stream = 180,
                  generic = 600;
    std::uint32_t sctp_closed = 10, sctp_cookie_wait = 3, sctp_cookie_echoed = 3,
                  sctp_established = 210, sctp_shutdown_sent = 3, sctp_shutdown_recd = 3,
                  sctp_shutdown_ack_sent = 3, sctp_heartbeat_sent = 30;
    std::uint32_t dccp_request = 240, dccp_respond = 480, dccp_partopen = 480, dccp_open = 43200,
                  dccp_closereq = 64, dccp_closing = 64, dccp_timewait = 240;
    std::uint32_t ipv4_fragments = 30;             // net.ipv4.ipfrag_time
    std::uint32_t ipv6_fragments = 60;             // net.netfilter.nf_conntrack_frag6_timeout
    std::uint32_t ipv6_fragments_of_the_box = 60;  // net.ipv6.ip6frag_time
  } timeout;
};

struct Topology {
  std::vector<Port> ports;
  std::vector<Route> routes;  // beside the connected ones, which follow from the addresses
  Settings settings;

  [[nodiscard]] std::optional<PortId> find_port(std::string_view name) const;
  /// Some port has an IPv6 address. In a box of which this is not true IPv6 is off.
  [[nodiscard]] bool speaks_ipv6() const;
};

}  // namespace natstep::model
