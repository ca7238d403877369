// SPDX-License-Identifier: GPL-2.0-or-later
// A lockstep without a kernel: what the kernel "shows" is what the model says, until a test changes
// it.
#pragma once

#include "harness/lockstep/lockstep.h"
#include "harness/lockstep/play.h"
#include "harness/lockstep/prepare.h"
#include "harness/lockstep/recorded_dut.h"
#include "harness/scenario/scenario_text.h"
#include "model/model.h"

#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness::testing {

/// A masquerading router: one host asks, the answer comes back, and a router outside complains.
inline constexpr std::string_view masquerade = R"(# Masquerade hides the client.
topology router

in  lan  udp 10.0.1.2:4000 > 198.51.100.9:53 "one"
out wan  udp 203.0.113.1:4000 > 198.51.100.9:53 "one"

in  wan  udp 198.51.100.9:53 > 203.0.113.1:4000 "two"
out lan  udp 198.51.100.9:53 > 10.0.1.2:4000 "two"
)";

Scenario parse(std::string_view text);

/// One nat chain at POST_ROUTING that masquerades what leaves on wan, and natstep's taps.
model::Ruleset masquerade_rules(const model::Topology& topology);

/// What a kernel that agrees with the model shows of each step.
std::vector<Recording> agreeing_kernel(const Scenario& scenario, const model::Ruleset& rules);

/// Plays the scenario against the recordings.
Outcome play_against(const Scenario& scenario, const model::Ruleset& rules,
                     std::vector<Recording> recordings, LockstepOptions options = {});

}  // namespace natstep::harness::testing
