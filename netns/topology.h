// SPDX-License-Identifier: GPL-2.0-or-later
// Links, addresses and routes of the current network namespace, through rtnetlink.
#pragma once

#include "netns/observation.h"
#include "netns/tun.h"

#include <span>
#include <vector>

namespace natstep::netns {

/// Makes the ports of `topology` and brings them and `lo` up, with their addresses and then the
/// routes. Throws EnvironmentError.
std::vector<TunPort> build_topology(const TopologySpec& topology);

bool speaks_ipv6(const TopologySpec& topology);

}  // namespace natstep::netns
