// SPDX-License-Identifier: GPL-2.0-or-later
// Features of kernels at work: which of them decide what a scenario shows, told by playing it to a
// model in which that one feature is the other way round.
#pragma once

#include "harness/lockstep/outcome.h"
#include "model/clause.h"
#include "model/model.h"
#include "model/profile.h"

#include <span>
#include <vector>

namespace natstep::harness {

/// Whether `reached` has one of the clauses that the feature decides about.
bool decides_one_of(const model::Feature& feature, const model::ClauseSet& reached);

/// Those of `asked` without which frames or entries would have been other ones after some of
/// `steps`, each with the first such step. `beginning`: the state before the first one.
std::vector<FeatureAtWork> features_at_work(const std::vector<StepRecord>& steps,
                                            const model::State& beginning,
                                            std::span<const model::Feature* const> asked);

}  // namespace natstep::harness
