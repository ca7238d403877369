// SPDX-License-Identifier: GPL-2.0-or-later
// What a Debian kernel package's changelog says about netfilter: stable updates are listed there
// commit by commit.
#pragma once

#include "harness/fleet/package_index.h"

#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// The items about netfilter, NAT and conntrack of those entries that are newer than `before` and
/// not newer than `after` (package versions), each on one line.
std::vector<std::string> netfilter_changes(std::string_view changelog, std::string_view before,
                                           std::string_view after);

/// The changelog that comes with the package. Throws EnvironmentError when it cannot be had.
std::string fetch_changelog(const PackagedKernel& kernel);

}  // namespace natstep::harness
