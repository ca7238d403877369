// SPDX-License-Identifier: GPL-2.0-or-later
// Compares one step: calls every checker, and weighs the three voices against each other.
#pragma once

#include "harness/lockstep/check.h"
#include "harness/lockstep/outcome.h"

#include <vector>

namespace natstep::harness {

/// All findings of one step, the most telling aspect first. Variables that the pins mention are
/// bound to the kernel's values.
Findings compare(const StepView& view, wire::Variables& variables);

/// Who says what on a step with findings, and whom to suspect.
Triage triage(const StepView& view, const Findings& findings);

/// True when model and kernel agree, and both break a law.
bool breaks_only_laws(const Findings& findings);

}  // namespace natstep::harness
