// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/minimize.h"

#include "harness/finding/signature.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// Without the steps behind the failure, which take no part in it.
Scenario up_to_failure(const Scenario& scenario, const Outcome& failed) {
  auto shorter = scenario;
  shorter.steps.resize(std::min(shorter.steps.size(), failed.failed_step + 1));
  return shorter;
}

/// One minimisation: the smallest failing scenario so far, and what came of it.
class Minimizer {
 public:
  Minimizer(const Scenario& scenario, const Outcome& failed, SameFailure same, const RunAgain& run,
            const ReduceLimits& limits)
      : best_{.scenario = scenario,
              .outcome = failed,
              .steps_before = scenario.steps.size(),
              .rules_before = count_rules(scenario)},
        same_(std::move(same)),
        run_(run),
        limits_(limits) {}

  Minimized run() {
    drop_later_steps();
    // A pin speaks of the conversation before it: with less of that it would be wrong in another
    // way.
    if (is_about_pins()) return std::move(best_);
    const StillShows still_shows = [this](const Scenario& candidate) { return accept(candidate); };
    auto limits = limits_;
    limits.most_runs -= std::min(best_.attempts, limits.most_runs);
    static_cast<void>(reduce(best_.scenario, still_shows, limits));
    return std::move(best_);
  }

 private:
  bool accept(const Scenario& candidate) {
    if (best_.attempts >= limits_.most_runs) return false;
    ++best_.attempts;
    auto outcome = run_(candidate);
    if (!same_(outcome)) return false;
    best_.scenario = candidate;
    best_.outcome = std::move(outcome);
    return true;
  }

  void drop_later_steps() {
    if (best_.outcome.verdict != Verdict::diverged) return;
    const auto shorter = up_to_failure(best_.scenario, best_.outcome);
    if (shorter.steps.size() < best_.scenario.steps.size()) accept(shorter);
  }

  [[nodiscard]] bool is_about_pins() const {
    const auto failure = failure_of(best_.outcome);
    return failure && failure->aspect == Aspect::pins;
  }

  Minimized best_;
  SameFailure same_;
  const RunAgain& run_;
  ReduceLimits limits_;
};

}  // namespace

std::optional<Failure> failure_of(const Outcome& outcome) {
  if (outcome.verdict != Verdict::diverged || outcome.steps.empty()) return std::nullopt;
  const auto& step = outcome.steps.at(outcome.failed_step);
  if (step.findings.empty()) return std::nullopt;
  const auto& first = step.findings.front();
  return Failure{.aspect = first.aspect, .field = field_of(first), .suspect = step.triage.suspect};
}

Minimized minimize(const Scenario& scenario, const Outcome& failed, const RunAgain& run,
                   std::size_t most_attempts) {
  const auto wanted = failure_of(failed);
  if (!wanted) return {.scenario = scenario, .outcome = failed};
  const SameFailure same = [&](const Outcome& outcome) { return failure_of(outcome) == wanted; };
  return minimize_while(scenario, failed, same, run, {.most_runs = most_attempts});
}

Minimized minimize_while(const Scenario& scenario, const Outcome& failed, const SameFailure& same,
                         const RunAgain& run, const ReduceLimits& limits) {
  return Minimizer(scenario, failed, same, run, limits).run();
}

std::size_t repeats(const Scenario& scenario, const Outcome& failed, const RunAgain& run,
                    std::size_t times) {
  const auto wanted = failure_of(failed);
  std::size_t same = 0;
  for (std::size_t i = 0; i < times; ++i)
    same += failure_of(run(scenario)) == wanted ? 1 : 0;
  return same;
}

std::string repeatability(const Minimized& minimized, std::size_t same, std::size_t times) {
  const auto plural = [](std::size_t n, std::string_view word) {
    return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
  };
  auto text = fmt::format("repeatable {} of {}", same, times);
  const bool smaller = minimized.scenario.steps.size() < minimized.steps_before ||
                       count_rules(minimized.scenario) < minimized.rules_before;
  if (!smaller) return text;
  return text + fmt::format("      minimised from {} and {}",
                            plural(minimized.steps_before, "step"),
                            plural(minimized.rules_before, "rule"));
}

}  // namespace natstep::harness
