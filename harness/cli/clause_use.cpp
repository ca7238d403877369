// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/clause_use.h"

#include "harness/cli/progress.h"
#include "harness/cli/runner.h"
#include "harness/report/deviations.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

bool passes(const Result& result) {
  return result.verdict == Verdict::agreed || result.verdict == Verdict::deviation;
}

std::vector<std::size_t> scenarios_reaching(model::Clause clause,
                                            const std::vector<Result>& results) {
  std::vector<std::size_t> reached_by;
  for (std::size_t i = 0; i < results.size(); ++i)
    if (results[i].clauses.test(static_cast<std::size_t>(clause)) && passes(results[i]))
      reached_by.push_back(i);
  const std::string_view area = model::info(clause).area;
  std::ranges::stable_sort(reached_by, {}, [&](std::size_t i) {
    return std::tuple(results[i].area != area, results[i].packets);
  });
  return reached_by;
}

/// A worker's message: how many scenarios it ran, and the path of the one that diverged, if any.
std::string try_to_catch(ScenarioWorker& worker, const ClauseUse& use,
                         const std::vector<Result>& results) {
  worker.break_clause(use.clause);
  std::size_t tried = 0;
  for (const std::size_t i : use.reached_by) {
    ++tried;
    const ScenarioFile file{.path = results[i].path, .area = results[i].area};
    if (worker.run(file).verdict == Verdict::diverged)
      return fmt::format("{} {}", tried, file.path);
  }
  return fmt::format("{} ", tried);
}

BreakCheck read_message(model::Clause clause, const std::string& message) {
  const std::size_t space = message.find(' ');
  BreakCheck check{
      .clause = clause, .path = message.substr(space + 1), .tried = std::stoul(message)};
  if (check.tried == 0)
    check.result = BreakCheck::Result::not_reached;
  else
    check.result = check.path.empty() ? BreakCheck::Result::not_caught : BreakCheck::Result::caught;
  return check;
}

/// What only other kernels can show has a scenario of the clause's name, which is skipped here, or
/// whose pins speak of those kernels.
void look_among_skipped(const Summary& summary, std::vector<BreakCheck>& checks) {
  for (BreakCheck& check : checks) {
    if (check.result != BreakCheck::Result::not_reached) continue;
    const Result* named = scenario_for_other_kernels(check.clause, summary);
    if (named == nullptr) continue;
    check.result = BreakCheck::Result::elsewhere;
    check.path = named->path;
  }
}

}  // namespace

std::vector<ClauseUse> clause_use(const Summary& summary) {
  std::vector<ClauseUse> uses;
  for (std::size_t i = 0; i < model::clauses().size(); ++i) {
    const auto clause = static_cast<model::Clause>(i);
    uses.push_back({.clause = clause, .reached_by = scenarios_reaching(clause, summary.results)});
  }
  return uses;
}

std::vector<BreakCheck> check_breaks(const Summary& summary, const std::vector<ClauseUse>& uses,
                                     JobOptions job, std::size_t jobs) {
  job.minimise = false;
  job.out.clear();
  const MakeWork make_work = [&]() -> Work {
    auto worker = std::make_shared<ScenarioWorker>(job);
    return [worker, &uses, &summary](std::size_t item) {
      return try_to_catch(*worker, uses[item], summary.results);
    };
  };
  std::vector<BreakCheck> checks;
  checks.reserve(uses.size());
  for (const ClauseUse& use : uses)
    checks.push_back({.clause = use.clause, .path = {}});
  Progress progress("breaking clauses", uses.size());
  const RunnerEvents events{
      .done =
          [&](std::size_t item, const std::string& message) {
            checks[item] = read_message(uses[item].clause, message);
            progress.advance(model::info(uses[item].clause).id);
          },
      // A model that crashes or hangs under the defect has noticed it, but no scenario has.
      .lost =
          [&](std::size_t item, const std::string&) {
            checks[item].result = BreakCheck::Result::not_caught;
            progress.advance();
          }};
  run_items(uses.size(), {.jobs = jobs}, make_work, events);
  look_among_skipped(summary, checks);
  return checks;
}

}  // namespace natstep::harness
