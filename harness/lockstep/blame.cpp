// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/blame.h"

#include "harness/lockstep/account.h"
#include "harness/lockstep/play.h"

#include <algorithm>
#include <string>

namespace natstep::harness {
namespace {

/// Below this the two have little in common, and no clause is better than the wrong one.
constexpr double least_likeness = 0.25;

/// Which of the two is on the left does not matter here.
bool same_values(const Difference& one, const Difference& other) {
  return (one.left == other.left && one.right == other.right) ||
         (one.left == other.right && one.right == other.left);
}

/// How well what a clause decides covers what differs, from 0 to 1: shared differences over all
/// (Jaccard's index). A clause that errs in the same places by the same values is likelier than one
/// that errs in the same places only.
double likeness(const Differences& left, const Differences& right) {
  constexpr double value_bonus = 0.1;
  double shared = 0, same = 0;
  for (const auto& [name, values] : left) {
    const auto other = right.find(name);
    if (other == right.end()) continue;
    shared += 1;
    if (same_values(values, other->second)) same += 1;
  }
  const auto all = static_cast<double>(left.size() + right.size()) - shared;
  return all == 0 ? 0 : (shared + value_bonus * same) / (all * (1 + value_bonus));
}

/// What the failed step is about: where the sides differ or, when they agree, the fields that a pin
/// denies both.
Differences in_question(const StepRecord& failed, const Account& model) {
  auto wanted = between(model, account_of_kernel(failed));
  if (!wanted.empty()) return wanted;
  for (const auto& finding : failed.findings) {
    const auto field = finding.model.substr(0, finding.model.find(':'));
    wanted.emplace(field + " of frame 0", Difference{});
  }
  return wanted;
}

}  // namespace

std::optional<model::Clause> decisive_clause(const std::vector<StepRecord>& steps,
                                             const model::State& state) {
  const auto said = account_of(replay(steps, state, state.broken, model::WalkDetail::taps));
  const auto intact = account_of(replay(steps, state, std::nullopt, model::WalkDetail::taps));
  const auto wanted = in_question(steps.back(), said);
  std::optional<model::Clause> best;
  double best_likeness = least_likeness;
  for (std::size_t i = 0; i < model::clauses().size(); ++i) {
    if (!steps.back().prediction.clauses[i]) continue;
    const auto clause = static_cast<model::Clause>(i);
    const auto defect = account_of(replay(steps, state, clause, model::WalkDetail::taps));
    const auto found = likeness(wanted, between(intact, defect));
    if (found <= best_likeness) continue;
    best = clause;
    best_likeness = found;
  }
  return best;
}

}  // namespace natstep::harness
