// SPDX-License-Identifier: GPL-2.0-or-later
// Every pair of priorities: a chain that stops what has the translated address, and a second one
// that stops what has the old one, before, at and behind each of the kernel's own functions.
#include "harness/sweeps/sweep.h"

#include <array>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::array<int, 19> priorities{-450, -401, -400, -399, -300, -201, -200, -199, -150, -101,
                                         -100, -99,  0,    50,   99,   100,  101,  225,  300};

struct Place {
  std::string_view hook;
  std::string_view first;   // what the first chain matches
  std::string_view second;  // and the second
};

constexpr std::array<Place, 3> places{{
    {"prerouting", "ip daddr 203.0.113.1 udp dport 8080 meta mark set mark or 1",
     "ip daddr 10.0.1.2 meta mark set mark or 2"},
    {"postrouting", "ip saddr 10.0.1.2 meta mark set mark or 4",
     "ip saddr 203.0.113.7 meta mark set mark or 8"},
    {"output", "ct state new meta mark set mark or 16", "ct state untracked,invalid drop"},
}};

std::string scenario(const Place& place, int first, int second) {
  return fmt::format(
      "topology router\nnft {{\n  table ip sweep {{\n"
      "    chain first {{ type filter hook {0} priority {1}; {3}; }}\n"
      "    chain second {{ type filter hook {0} priority {2}; {4}; }}\n"
      "    chain pre {{ type nat hook prerouting priority dstnat; udp dport 8080 dnat to "
      "10.0.1.2:80; }}\n"
      "    chain post {{ type nat hook postrouting priority srcnat; oifname \"wan\" snat to "
      "203.0.113.7; }}\n"
      "    chain judge {{ type filter hook postrouting priority 301; meta mark {{ 3, 5, 12 }} "
      "drop; "
      "}}\n"
      "  }}\n}}\n"
      "in wan udp 198.51.100.9:5353 > 203.0.113.1:8080 \"in\"\n"
      "in lan udp 10.0.1.2:80 > 198.51.100.9:5353 \"back\"\n"
      "in lan udp 10.0.1.3:4000 > 198.51.100.9:53 \"out\"\n"
      "in wan udp 198.51.100.9:53 > 203.0.113.7:4000 \"home\"\n"
      "send udp 203.0.113.1:6000 > 198.51.100.9:53 \"own\"\n",
      place.hook, first, second, place.first, place.second);
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Place& place : places)
    for (const int first : priorities)
      for (const int second : priorities) {
        all.push_back({.name = fmt::format("{}_{}_{}", place.hook, first, second),
                       .text = [&place, first, second] { return scenario(place, first, second); }});
      }
  return all;
}

}  // namespace

const Sweep sweep_priorities{.name = "priorities",
                             .sentence = "Every pair of priorities of two chains at a hook.",
                             .taps = SweepTaps::with,
                             .cases = cases};

}  // namespace natstep::harness
