// SPDX-License-Identifier: GPL-2.0-or-later
// By what a reproducer tells the two voices apart: frames that left, entries, expectations, or the
// packet between two hook functions.
#pragma once

#include "harness/finding/chosen.h"
#include "harness/lockstep/outcome.h"
#include "harness/scenario/scenario.h"

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

namespace natstep::harness {

/// The names and values that reproducer/*.py read: JUDGE and what belongs to it.
using JudgedBy = nlohmann::ordered_json;

/// For the step that was found, one of `outcome.steps`; or why nothing tells.
tl::expected<JudgedBy, std::string> judged_by(const Scenario& scenario, const StepRecord& step,
                                              Verdict verdict, const ChosenValues& chosen);

/// An entry as reproducer/conntrack.py reads it from ctnetlink.
nlohmann::ordered_json entry_values(const netns::CtEntry& entry);
/// "17 10.0.1.2 4000 > 198.51.100.9 53 zone 7".
std::string tuple_values(const netns::CtTuple& tuple);

}  // namespace natstep::harness
