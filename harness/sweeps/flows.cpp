// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/sweeps/flows.h"

#include <fmt/format.h>

namespace natstep::harness::sweep {
namespace {

bool has_ports(Protocol protocol) {
  return protocol != Protocol::icmp;
}

/// nft maps ports only behind a match on a protocol that has them.
std::string rules(Protocol protocol, Mapping mapping) {
  const bool ports = has_ports(protocol);
  const std::string match = fmt::format("meta l4proto {}", to_string(protocol));
  const std::string source = mapping == Mapping::both ? "10.0.2.1" : "203.0.113.7";
  const std::string destination = mapping == Mapping::both ? "10.0.2.8" : "10.0.1.2";
  std::string text;
  if (mapping == Mapping::none) {
    text += "    chain track { type filter hook forward priority filter; ct state new; }\n";
  }
  if (mapping == Mapping::destination || mapping == Mapping::both) {
    text += fmt::format(
        "    chain pre {{ type nat hook prerouting priority dstnat; ip daddr 203.0.113.1 {} dnat "
        "to "
        "{}{}; }}\n",
        match, destination, ports ? ":80" : "");
  }
  if (mapping == Mapping::source || mapping == Mapping::both) {
    text += fmt::format(
        "    chain post {{ type nat hook postrouting priority srcnat; ip saddr 10.0.1.2 {} snat to "
        "{}{}; }}\n",
        match, source, ports ? ":6000" : "");
  }
  return fmt::format("nft {{\n  table ip sweep {{\n{}  }}\n}}\n", text);
}

Side lan_client(std::string_view far, std::uint16_t far_id) {
  return {.port = "lan",
          .near = "10.0.1.2",
          .far = far,
          .near_id = 4000,
          .far_id = far_id,
          .router = "10.0.1.77"};
}

std::string endpoint(Protocol protocol, std::string_view address, std::uint16_t id) {
  return has_ports(protocol) ? fmt::format("{}:{}", address, id) : std::string(address);
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

std::string Flow::box() const {
  return "topology router\n" + rules(protocol, mapping);
}

std::string Flow::from(const Side& side) const {
  return fmt::format("{} {} > {}", to_string(protocol), endpoint(protocol, side.near, side.near_id),
                     endpoint(protocol, side.far, side.far_id));
}

std::string Flow::to(const Side& side) const {
  return fmt::format("{} {} > {}", to_string(protocol), endpoint(protocol, side.far, side.far_id),
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

Flow flow(Protocol protocol, Mapping mapping) {
  Flow flow{.protocol = protocol, .mapping = mapping, .opener = {}, .answerer = {}};
  switch (mapping) {
    case Mapping::none:
      flow.opener = lan_client("10.0.2.8", 53);
      flow.answerer = {"dmz", "10.0.2.8", "10.0.1.2", 53, 4000, "10.0.2.77"};
      break;
    case Mapping::source:
      flow.opener = lan_client("198.51.100.9", 53);
      flow.answerer = {"wan", "198.51.100.9", "203.0.113.7", 53, 6000, "192.0.2.77"};
      break;
    case Mapping::destination:
      flow.opener = {"wan", "198.51.100.9", "203.0.113.1", 5353, 8080, "192.0.2.77"};
      flow.answerer = {"lan", "10.0.1.2", "198.51.100.9", 80, 5353, "10.0.1.77"};
      break;
    case Mapping::both:
      flow.opener = lan_client("203.0.113.1", 8080);
      flow.answerer = {"dmz", "10.0.2.8", "10.0.2.1", 80, 6000, "10.0.2.77"};
      break;
  }
  // Without ports NAT leaves them alone.
  if (!has_ports(protocol)) {
    flow.opener.near_id = flow.opener.far_id = flow.answerer.near_id = flow.answerer.far_id = 0;
  }
  return flow;
}

}  // namespace natstep::harness::sweep
