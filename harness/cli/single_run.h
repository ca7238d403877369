// SPDX-License-Identifier: GPL-2.0-or-later
// Running one scenario in this very process, for commands that look at every step of it.
#pragma once

#include "harness/lockstep/lockstep.h"
#include "harness/lockstep/outcome.h"
#include "harness/scenario/scenario.h"

#include <string>

namespace natstep::harness {

struct SingleRun {
  Scenario scenario;
  Outcome outcome;
};

/// Loads and runs. Throws UsageError with the diagnostic of a file that is no scenario, and
/// EnvironmentError. The process stays in the namespaces of the kernel side.
SingleRun run_single(const std::string& path, const LockstepOptions& options);

/// The same with the model alone: it takes the lowest of what it may choose. The kernel only lists
/// the rules.
SingleRun run_model_alone(const std::string& path, const LockstepOptions& options);

}  // namespace natstep::harness
