// SPDX-License-Identifier: GPL-2.0-or-later
// Proving that the net catches fish: which scenarios reach which clause, and whether one of them
// notices when the clause is replaced by its deliberate defect.
#pragma once

#include "harness/cli/scenario_job.h"
#include "harness/cli/select.h"
#include "harness/report/summary.h"
#include "model/clause.h"

#include <cstddef>
#include <string>
#include <vector>

namespace natstep::harness {

struct ClauseUse {
  model::Clause clause{};
  /// Indices into Summary::results of the scenarios that reach the clause and pass, the likeliest
  /// to notice first: those of the clause's own area, then the short ones.
  std::vector<std::size_t> reached_by;
};

/// One entry a clause, in the order of the table.
std::vector<ClauseUse> clause_use(const Summary& summary);

struct BreakCheck {
  enum class Result : unsigned char {
    caught,
    not_caught,
    not_reached,
    elsewhere,  // not reached, but the scenario that has its name is for other kernels
    interrupted
  } result = Result::interrupted;
  model::Clause clause{};
  std::string path;       // caught: the scenario that diverged; elsewhere: the one that was skipped
  std::size_t tried = 0;  // scenarios run
};

/// Breaks every clause in turn and runs the scenarios that reach it until one diverges.
std::vector<BreakCheck> check_breaks(const Summary& summary, const std::vector<ClauseUse>& uses,
                                     JobOptions job, std::size_t jobs);

}  // namespace natstep::harness
