// SPDX-License-Identifier: GPL-2.0-or-later
// Known deviations at work: which clauses that differ from an RFC or from plain arithmetic decided
// what was seen after a step, and by which bytes.
#pragma once

#include "harness/lockstep/account.h"
#include "harness/lockstep/outcome.h"
#include "harness/lockstep/play.h"
#include "model/model.h"

#include <map>
#include <optional>
#include <vector>

namespace natstep::harness {

/// Follows one scenario and asks after each step what a model would have said in which a deviating
/// clause was its defect all along: what the clause did to an early packet may show in a late one.
class DeviationWatch {
 public:
  /// `beginning`: the state before the first step; it must outlive the watch.
  explicit DeviationWatch(const model::State& beginning) : beginning_(beginning) {}

  /// The clauses that are known to deviate and that decided what is seen after the last of `steps`,
  /// on which both sides agree. A deviation that shows in frames is what a broken law may be
  /// excused with. Deviations in `known` which no law has to notice any more are not looked for
  /// again.
  std::vector<DeviationShown> deviations_of_last(const std::vector<StepRecord>& steps,
                                                 const std::vector<DeviationShown>& known);

 private:
  Account said(const std::vector<StepRecord>& steps);
  Account said_without(model::Clause clause, const std::vector<StepRecord>& steps);

  const model::State& beginning_;
  std::optional<Replay> intact_;
  std::map<model::Clause, Replay> without_;  // deviating clauses that were looked into
  model::ClauseSet reached_;                 // by any step so far
};

/// The names of the profiles whose model shows `shown` on the last of `steps` as well.
std::vector<std::string> profiles_that_share(const DeviationShown& shown,
                                             const std::vector<StepRecord>& steps,
                                             const model::State& state);

/// Keeps of each deviation the first place where it shows, and rather one that a law notices.
void remember(std::vector<DeviationShown>& known, std::vector<DeviationShown> found);

/// Whether the user is told of it as the verdict of the scenario: what left the box deviates, or a
/// law about the entries is broken.
/// Timeouts alone do so in every other scenario, and are told in `natstep deviations` only.
bool decides_verdict(const DeviationShown& shown);

}  // namespace natstep::harness
