// SPDX-License-Identifier: GPL-2.0-or-later
// Which clause decides what differs? Asked of the model itself: every reached clause is broken in
// turn, and the one whose defect changes just what differs between model and kernel is the one to
// look at.
#pragma once

#include "harness/lockstep/outcome.h"
#include "model/model.h"

#include <optional>
#include <vector>

namespace natstep::harness {

/// The clause that decides what differs on the last of `steps`; nothing when no single clause does.
/// `state` gives rules, topology and profile; it is not changed.
std::optional<model::Clause> decisive_clause(const std::vector<StepRecord>& steps,
                                             const model::State& state);

}  // namespace natstep::harness
