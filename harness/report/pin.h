// SPDX-License-Identifier: GPL-2.0-or-later
// Pinning: turns a script into a scenario by writing down what model and kernel agree on.
#pragma once

#include "harness/lockstep/outcome.h"
#include "harness/scenario/scenario.h"

#include <string>
#include <string_view>

namespace natstep::harness {

/// The text of `scenario` with pins below every stimulus that has none: `out` or `nothing`, and
/// `ct` for every entry that the step made or changed. Scapy expressions are replaced by the packet
/// that they came to. What the kernel was free to choose is pinned as a $variable with the range
/// that is allowed. All else, comments included, stays as it is. `outcome` must have agreed, with a
/// record of each step.
std::string add_pins(std::string_view text, const Scenario& scenario, const Outcome& outcome);

}  // namespace natstep::harness
