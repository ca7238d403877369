// SPDX-License-Identifier: GPL-2.0-or-later
// Runs many scenarios in a pool of workers, and prints what came of them: the whole of `check` and
// `run`.
#pragma once

#include "harness/cli/options.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/select.h"
#include "harness/report/summary.h"

#include <string>
#include <vector>

namespace natstep::harness {

JobOptions job_options(const RunOptions& options);

/// Runs `files`; the results are in their order.
Summary run_scenarios(const std::vector<ScenarioFile>& files, const JobOptions& job,
                      std::size_t jobs);

/// Runs what the options select, for a table that is made of all results: tells on stderr what is
/// left out of it because model and kernel do not agree there, and writes no artefacts.
Summary run_for_table(const RunOptions& options);

/// Selects, runs, prints, writes --out, and returns the exit status.
int run_and_print(const RunOptions& options, Detail detail);

}  // namespace natstep::harness
