// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/sweeps/flows.h"

#include <fmt/format.h>

namespace natstep::harness::sweep {
namespace {

bool has_ports(Protocol protocol) {
  return protocol != Protocol::icmp;
}

/// Who is where. Addresses of a family, of the topology that belongs to it.
struct Places {
  std::string_view topology, table;
  std::string_view client, server;  // in lan and dmz
  std::string_view far;             // beyond wan
  std::string_view box, mapped;     // outside: the box's own, and one that snat shows
  std::string_view box_in_dmz;      // what snat shows in dmz
  std::string_view lan_router, dmz_router, wan_router;
};

constexpr Places places_of(Family family) {
  if (family == Family::ipv4) {
    return {.topology = "router",
            .table = "ip",
            .client = "10.0.1.2",
            .server = "10.0.2.8",
            .far = "198.51.100.9",
            .box = "203.0.113.1",
            .mapped = "203.0.113.7",
            .box_in_dmz = "10.0.2.1",
            .lan_router = "10.0.1.77",
            .dmz_router = "10.0.2.77",
            .wan_router = "192.0.2.77"};
  }
  return {.topology = "router6",
          .table = "ip6",
          .client = "fd00:1::2",
          .server = "fd00:2::8",
          .far = "2001:db8:5::9",
          .box = "2001:db8:203::1",
          .mapped = "2001:db8:203::7",
          .box_in_dmz = "fd00:2::1",
          .lan_router = "fd00:1::77",
          .dmz_router = "fd00:2::77",
          .wan_router = "2001:db8:77::77"};
}

/// An address with a port, as nft and the notation write it.
std::string with_port(std::string_view address, unsigned port) {
  const bool ipv6 = address.find(':') != std::string_view::npos;
  return fmt::format("{}{}{}:{}", ipv6 ? "[" : "", address, ipv6 ? "]" : "", port);
}

/// nft maps ports only behind a match on a protocol that has them.
std::string rules(const Flow& flow) {
  const Places places = places_of(flow.family);
  const bool ports = has_ports(flow.protocol), both = flow.mapping == Mapping::both;
  const bool icmpv6 = !ports && flow.family == Family::ipv6;
  const std::string match =
      fmt::format("meta l4proto {}", icmpv6 ? "ipv6-icmp" : to_string(flow.protocol));
  const auto target = [ports](std::string_view address, unsigned port) {
    return ports ? with_port(address, port) : std::string(address);
  };
  std::string text;
  if (flow.mapping == Mapping::none) {
    text += "    chain track { type filter hook forward priority filter; ct state new; }\n";
  }
  if (flow.mapping == Mapping::destination || both) {
    text += fmt::format(
        "    chain pre {{ type nat hook prerouting priority dstnat; {} daddr {} {} dnat to {}; "
        "}}\n",
        places.table, places.box, match, target(both ? places.server : places.client, 80));
  }
  if (flow.mapping == Mapping::source || both) {
    text += fmt::format(
        "    chain post {{ type nat hook postrouting priority srcnat; {} saddr {} {} snat to {}; "
        "}}\n",
        places.table, places.client, match, target(both ? places.box_in_dmz : places.mapped, 6000));
  }
  return fmt::format("nft {{\n  table {} sweep {{\n{}  }}\n}}\n", places.table, text);
}

Side lan_client(const Places& places, std::string_view far, std::uint16_t far_id) {
  return {.port = "lan",
          .near = places.client,
          .far = far,
          .near_id = 4000,
          .far_id = far_id,
          .router = places.lan_router};
}

std::string endpoint(Protocol protocol, std::string_view address, std::uint16_t id) {
  return has_ports(protocol) ? with_port(address, id) : std::string(address);
}

}  // namespace

std::string_view to_string(Protocol protocol) {
  constexpr std::array<std::string_view, 3> words{"udp", "tcp", "icmp"};
  return words.at(static_cast<std::size_t>(protocol));
}

std::string_view to_string(Mapping mapping) {
  constexpr std::array<std::string_view, 4> words{"none", "snat", "dnat", "both"};
  return words.at(static_cast<std::size_t>(mapping));
}

std::string_view suffix(Family family) {
  return family == Family::ipv6 ? "_ipv6" : "";
}

std::string Flow::topology() const {
  return fmt::format("topology {}\n", places_of(family).topology);
}

std::string Flow::rules() const {
  return sweep::rules(*this);
}

std::string Flow::box() const {
  return topology() + rules();
}

std::string_view Flow::icmp_word() const {
  return family == Family::ipv6 ? "icmp6" : "icmp";
}

std::string_view Flow::word() const {
  return has_ports(protocol) ? to_string(protocol) : icmp_word();
}

std::string Flow::from(const Side& side) const {
  return fmt::format("{} {} > {}", word(), endpoint(protocol, side.near, side.near_id),
                     endpoint(protocol, side.far, side.far_id));
}

std::string Flow::to(const Side& side) const {
  return fmt::format("{} {} > {}", word(), endpoint(protocol, side.far, side.far_id),
                     endpoint(protocol, side.near, side.near_id));
}

std::string Flow::opening() const {
  switch (protocol) {
    case Protocol::udp:
      return fmt::format("in {} {} \"ask\"\nin {} {} \"answer\"\n", opener.port, from(opener),
                         answerer.port, from(answerer));
    case Protocol::tcp:
      return fmt::format(
          "in {0} {1} SYN seq 1000\nin {2} {3} SYN,ACK seq 5000 ack 1001\nin {0} {1} ACK seq 1001 "
          "ack 5001\n",
          opener.port, from(opener), answerer.port, from(answerer));
    case Protocol::icmp:
      return fmt::format("in {} {} echo-request id 7 seq 1\nin {} {} echo-reply id 7 seq 1\n",
                         opener.port, from(opener), answerer.port, from(answerer));
  }
  return {};
}

Flow flow(Protocol protocol, Mapping mapping, Family family) {
  const Places at = places_of(family);
  Flow flow{
      .protocol = protocol, .mapping = mapping, .family = family, .opener = {}, .answerer = {}};
  switch (mapping) {
    case Mapping::none:
      flow.opener = lan_client(at, at.server, 53);
      flow.answerer = {"dmz", at.server, at.client, 53, 4000, at.dmz_router};
      break;
    case Mapping::source:
      flow.opener = lan_client(at, at.far, 53);
      flow.answerer = {"wan", at.far, at.mapped, 53, 6000, at.wan_router};
      break;
    case Mapping::destination:
      flow.opener = {"wan", at.far, at.box, 5353, 8080, at.wan_router};
      flow.answerer = {"lan", at.client, at.far, 80, 5353, at.lan_router};
      break;
    case Mapping::both:
      flow.opener = lan_client(at, at.box, 8080);
      flow.answerer = {"dmz", at.server, at.box_in_dmz, 80, 6000, at.dmz_router};
      break;
  }
  // Without ports NAT leaves them alone.
  if (!has_ports(protocol)) {
    flow.opener.near_id = flow.opener.far_id = flow.answerer.near_id = flow.answerer.far_id = 0;
  }
  return flow;
}

}  // namespace natstep::harness::sweep
