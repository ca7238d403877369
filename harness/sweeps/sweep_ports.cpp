// SPDX-License-Identifier: GPL-2.0-or-later
// Source ports around the borders of the classes that a search keeps to (below 512, below 1024, and
// above), for a flow that may keep its port and for one whose port is taken.
#include "harness/sweeps/flows.h"
#include "harness/sweeps/sweep.h"

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using namespace sweep;

constexpr std::array<unsigned, 36> ports{
    0,    1,    2,    3,    255,  256,   257,   500,   509,   510,   511,   512,
    513,  514,  515,  599,  600,  601,   767,   768,   1020,  1021,  1022,  1023,
    1024, 1025, 1026, 1027, 4095, 32767, 32768, 60999, 61000, 65533, 65534, 65535};

/// What the rule says about ports, and what it is called.
struct Target {
  std::string_view name;
  std::string_view statement;
};

constexpr std::array<Target, 9> targets{{
    {"masquerade", "masquerade"},
    {"snat", "snat to 203.0.113.7"},
    {"snat_512_up", "snat to 203.0.113.7:512-515"},
    {"snat_border", "snat to 203.0.113.7:1022-1026"},
    {"snat_low", "snat to 203.0.113.7:1-4"},
    {"snat_top", "snat to 203.0.113.7:65533-65535"},
    {"snat_two_addresses", "snat to 203.0.113.7-203.0.113.8"},
    {"masquerade_random", "masquerade random"},
    {"masquerade_fully_random", "masquerade fully-random"},
}};

/// The same over IPv6, where the search is the same.
std::string scenario_ipv6(Protocol protocol, unsigned port) {
  std::string text = fmt::format(
      "topology router6\nnft {{\n  table ip6 sweep {{\n    chain post {{ type nat hook postrouting "
      "priority srcnat; oifname \"wan\" meta l4proto {} masquerade; }}\n  }}\n}}\n",
      to_string(protocol));
  for (unsigned host = 2; host < 6; ++host) {
    const std::string_view more = protocol == Protocol::tcp ? "SYN seq 1000" : "\"ask\"";
    text += fmt::format("in lan {} [fd00:1::{}]:{} > [2001:db8:5::9]:53 {}\n", to_string(protocol),
                        host, port, more);
  }
  return text;
}

std::string scenario(Protocol protocol, const Target& target, unsigned port) {
  std::string text = fmt::format(
      "topology router\nnft {{\n  table ip sweep {{\n    chain post {{ type nat hook postrouting "
      "priority srcnat; oifname \"wan\" meta l4proto {} {}; }}\n  }}\n}}\n",
      to_string(protocol), target.statement);
  for (unsigned host = 2; host < 6; ++host) {
    const std::string_view more = protocol == Protocol::tcp ? "SYN seq 1000" : "\"ask\"";
    text += fmt::format("in lan {} 10.0.1.{}:{} > 198.51.100.9:53 {}\n", to_string(protocol), host,
                        port, more);
  }
  return text;
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Protocol protocol : {Protocol::udp, Protocol::tcp})
    for (const Target& target : targets)
      for (const unsigned port : ports) {
        all.push_back(
            {.name = fmt::format("{}_{}_{}", to_string(protocol), target.name, port),
             .text = [protocol, &target, port] { return scenario(protocol, target, port); }});
      }
  for (const Protocol protocol : {Protocol::udp, Protocol::tcp})
    for (const unsigned port : ports) {
      all.push_back({.name = fmt::format("{}_masquerade_ipv6_{}", to_string(protocol), port),
                     .text = [protocol, port] { return scenario_ipv6(protocol, port); }});
    }
  return all;
}

}  // namespace

const Sweep sweep_ports{
    .name = "ports",
    .sentence = "Source ports around the borders of the classes, free and taken.",
    .taps = SweepTaps::without,
    .cases = cases};

}  // namespace natstep::harness
