// SPDX-License-Identifier: GPL-2.0-or-later
// Known deviations at work: which clauses that differ from an RFC or from plain arithmetic decided
// what was seen after a step, and by which bytes.
#pragma once

#include "harness/lockstep/lockstep.h"
#include "harness/lockstep/outcome.h"
#include "model/model.h"

#include <vector>

namespace natstep::harness {

/// The clauses that are known to deviate and that decided what is seen after the last of `steps`,
/// on which both sides agree. A deviation that shows in frames is what a broken law may be excused
/// with. Deviations in `known` which no law has to notice any more are not looked for again.
std::vector<DeviationShown> deviations_of_last(const std::vector<StepRecord>& steps,
                                               const model::State& state,
                                               const std::vector<DeviationShown>& known);

/// The names of the profiles whose model shows `shown` on the last of `steps` as well.
std::vector<std::string> profiles_that_share(const DeviationShown& shown,
                                             const std::vector<StepRecord>& steps,
                                             const model::State& state);

/// Keeps of each deviation the first place where it shows, and rather one that a law notices.
void remember(std::vector<DeviationShown>& known, std::vector<DeviationShown> found);

/// Whether the user is told of it as the verdict of the scenario: what left the box deviates.
/// Timeouts alone do so in every other scenario, and are told in `natstep deviations` only.
bool decides_verdict(const DeviationShown& shown);

}  // namespace natstep::harness
