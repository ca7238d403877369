// SPDX-License-Identifier: GPL-2.0-or-later
// Minimising: a smaller scenario that fails in the same way. What is in the report is then what
// matters.
#pragma once

#include "harness/lockstep/outcome.h"
#include "harness/lockstep/reduce.h"
#include "harness/scenario/scenario.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace natstep::harness {

using RunAgain = std::function<Outcome(const Scenario&)>;

/// What makes two failures the same: the aspect, the field that differs first, and who is
/// suspected.
struct Failure {
  Aspect aspect{};
  std::string field;  // "udp.checksum", "timeout"
  std::string suspect;

  bool operator==(const Failure&) const = default;
};

/// Nothing for an outcome that did not diverge.
std::optional<Failure> failure_of(const Outcome& outcome);

struct Minimized {
  Scenario scenario;
  Outcome outcome;
  std::size_t steps_before = 0;
  std::size_t rules_before = 0;  // lines of rules
  std::size_t attempts = 0;
};

/// Drops steps, then words of packets, then rules, sysctls and lines of the topology, as long as
/// the failure stays the same. A wrong pin loses only the steps behind it. Makes at most
/// `most_attempts` runs.
Minimized minimize(const Scenario& scenario, const Outcome& failed, const RunAgain& run,
                   std::size_t most_attempts = 150);

/// Whether an outcome is still the one that is looked into.
using SameFailure = std::function<bool(const Outcome&)>;

/// The same as long as the outcome is what `same` says, which may be a known deviation too.
Minimized minimize_while(const Scenario& scenario, const Outcome& failed, const SameFailure& same,
                         const RunAgain& run, const ReduceLimits& limits);

/// How often of `times` the scenario fails in the same way.
std::size_t repeats(const Scenario& scenario, const Outcome& failed, const RunAgain& run,
                    std::size_t times);

/// "repeatable 20 of 20      minimised from 9 steps and 4 rules", for ReportContext::repeatability.
std::string repeatability(const Minimized& minimized, std::size_t same, std::size_t times);

}  // namespace natstep::harness
