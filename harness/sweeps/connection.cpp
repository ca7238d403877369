// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/sweeps/connection.h"

#include <fmt/format.h>

namespace natstep::harness::sweep {
namespace {

/// Addresses as the notation writes them before a port.
struct Ends {
  std::string_view client, server, box;
};

constexpr Ends ends_of(Family family) {
  if (family == Family::ipv4)
    return {.client = "10.0.1.2", .server = "198.51.100.9", .box = "203.0.113.1"};
  return {.client = "[fd00:1::2]", .server = "[2001:db8:5::9]", .box = "[2001:db8:203::1]"};
}

}  // namespace

std::string masquerading_box(Family family) {
  const bool ipv4 = family == Family::ipv4;
  return fmt::format(
      "topology {}\nnft {{\n  table {} sweep {{\n    chain post {{ type nat hook postrouting "
      "priority srcnat; oifname \"wan\" masquerade; }}\n  }}\n}}\n",
      ipv4 ? "router" : "router6", ipv4 ? "ip" : "ip6");
}

std::string segment(Family family, bool from_server, unsigned port, std::string_view what) {
  const Ends at = ends_of(family);
  if (from_server)
    return fmt::format("in wan tcp {}:80 > {}:{} {}\n", at.server, at.box, port, what);
  return fmt::format("in lan tcp {}:{} > {}:80 {}\n", at.client, port, at.server, what);
}

}  // namespace natstep::harness::sweep
