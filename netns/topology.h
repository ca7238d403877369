// SPDX-License-Identifier: GPL-2.0-or-later
// Links, addresses and routes of the current network namespace, through rtnetlink.
#pragma once

#include "netns/event.h"
#include "netns/observation.h"
#include "netns/tun.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace natstep::netns {

/// Makes the ports of `topology` and brings them and `lo` up, with their addresses and then the
/// routes. Throws EnvironmentError.
std::vector<TunPort> build_topology(const TopologySpec& topology);

/// The same, one at a time. `ifindex`: of the port that is spoken of, 0 when there is none. Returns
/// why the kernel refused, if it did.
std::optional<std::string> change_address(int ifindex, const AddressChange& change);
std::optional<std::string> change_link(int ifindex, LinkState state);
std::optional<std::string> change_route(int ifindex, const RouteChange& change);

bool speaks_ipv6(const TopologySpec& topology);

}  // namespace natstep::netns
