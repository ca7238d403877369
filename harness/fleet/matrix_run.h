// SPDX-License-Identifier: GPL-2.0-or-later
// Runs scenarios on many kernels. A kernel is booted once and plays all of its scenarios; several
// kernels run at the same time.
#pragma once

#include "harness/cli/scenario_job.h"
#include "harness/cli/select.h"
#include "harness/report/summary.h"

#include <cstddef>
#include <string>
#include <vector>

namespace natstep::harness {

/// What is to be played on one kernel.
struct KernelRun {
  JobOptions job;  // with a guest
  std::vector<ScenarioFile> files;
  int round = 0;  // of the cache: a second look is not the first
};

/// One summary a run, in their order. What the cache knows is not run again. A run that was
/// interrupted makes all of them `interrupted`.
std::vector<Summary> run_on_kernels(const std::vector<KernelRun>& runs, std::size_t jobs);

}  // namespace natstep::harness
