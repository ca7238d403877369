// SPDX-License-Identifier: GPL-2.0-or-later
// Sets the table for a scenario: the kernel's namespace on one side, the model's state on the
// other, both with the same ports, settings, rules and taps.
#pragma once

#include "harness/lockstep/lockstep.h"
#include "harness/lockstep/outcome.h"
#include "model/model.h"
#include "netns/kernel_dut.h"

#include <cstdint>
#include <span>
#include <vector>

namespace natstep::harness {

/// Where both sides look at the packet: between the kernel's own hook functions, so that what each
/// of them did can be seen.
std::span<const netns::TapPlace> tap_places();

/// What the blocks say. nft rules are read from the kernel's own listing, which has resolved names
/// and defaults.
model::Ruleset understand_rules_of(std::span<const RulesBlock> blocks, netns::Dut& dut,
                                   const model::Topology& topology);

/// The queues of user space into which the rules put packets.
std::vector<std::uint16_t> queues_of(const model::Ruleset& rules);

/// Adds natstep's tap chains to the model's rules, registered last as in the kernel. The model's
/// hook functions must have been settled before: a tap needs none.
void add_taps(model::Ruleset& rules);

/// The kernel's half of it.
bool configure_kernel(const Scenario& scenario, netns::KernelDut& dut, Outcome& outcome);

/// Configures `dut` and fills `state`. False when the scenario cannot be run; `outcome` then says
/// why (a diagnostic, or inconclusive).
bool prepare(const Scenario& scenario, const LockstepOptions& options, netns::KernelDut& dut,
             model::State& state, Outcome& outcome);

/// What a replay of a run in this box begins with: nothing has happened yet.
model::State beginning_of(const model::State& state);

}  // namespace natstep::harness
