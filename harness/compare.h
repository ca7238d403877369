// SPDX-License-Identifier: GPL-2.0-or-later
// Compares one step: calls every checker, and weighs the three voices against each other.
#pragma once

#include "harness/check.h"
#include "harness/outcome.h"

#include <bitset>
#include <vector>

namespace natstep::harness {

/// All findings of one step, the most telling aspect first. Variables that the pins mention are
/// bound to the kernel's values.
Findings compare(const StepView& view, wire::Variables& variables);

/// Who says what on a step with findings, and whom to suspect.
Triage triage(const StepView& view, const Findings& findings);

/// The clauses among `reached` that are known to differ from what a law or an RFC asks.
std::vector<model::Clause> deviating_clauses(const std::bitset<model::clause_count>& reached);

/// True when nothing but laws is broken, model and kernel break them alike, and a reached clause is
/// cited for it.
bool is_known_deviation(const StepRecord& record);

}  // namespace natstep::harness
