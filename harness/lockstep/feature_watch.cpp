// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/feature_watch.h"

#include "harness/lockstep/account.h"
#include "harness/lockstep/play.h"

#include <cstddef>
#include <optional>
#include <sstream>
#include <string>

namespace natstep::harness {
namespace {

/// What a model like the one at the `beginning` says after each step.
std::vector<Account> said(std::span<const StepRecord> steps, const model::State& beginning) {
  Replay model(beginning, beginning.broken);
  std::vector<Account> accounts;
  for (std::size_t played = 1; played <= steps.size(); ++played)
    accounts.push_back(account_of(model.catch_up(steps.first(played), model::WalkDetail::none)));
  return accounts;
}

std::vector<Account> said_otherwise(std::span<const StepRecord> steps,
                                    const model::State& beginning, const model::Feature& feature) {
  model::State other;
  other.profile = beginning.profile;
  other.topology = beginning.topology;
  other.rules = beginning.rules;
  other.broken = beginning.broken;
  other.profile.*feature.member = !(beginning.profile.*feature.member);
  return said(steps, other);
}

model::ClauseSet reached_by(std::span<const StepRecord> steps) {
  model::ClauseSet reached;
  for (const StepRecord& step : steps)
    reached |= step.prediction.clauses;
  return reached;
}

std::optional<std::size_t> first_parting(const std::vector<Account>& left,
                                         const std::vector<Account>& right) {
  for (std::size_t i = 0; i < left.size(); ++i)
    if (!between(left[i], right[i]).empty()) return i;
  return std::nullopt;
}

}  // namespace

bool decides_one_of(const model::Feature& feature, const model::ClauseSet& reached) {
  std::istringstream words{std::string(feature.clauses)};
  for (std::string id; words >> id;) {
    const auto clause = model::find_clause(id);
    if (clause && reached.test(static_cast<std::size_t>(*clause))) return true;
  }
  return false;
}

std::vector<FeatureAtWork> features_at_work(const std::vector<StepRecord>& steps,
                                            const model::State& beginning,
                                            std::span<const model::Feature* const> asked) {
  std::vector<FeatureAtWork> at_work;
  if (asked.empty() || steps.empty()) return at_work;
  const model::ClauseSet reached = reached_by(steps);
  std::vector<Account> with;
  for (const model::Feature* feature : asked) {
    // One that names no clauses may decide anywhere.
    if (!feature->clauses.empty() && !decides_one_of(*feature, reached)) continue;
    if (with.empty()) with = said(steps, beginning);
    const auto step = first_parting(with, said_otherwise(steps, beginning, *feature));
    if (step) at_work.push_back({.feature = feature, .step = *step});
  }
  return at_work;
}

}  // namespace natstep::harness
