// SPDX-License-Identifier: GPL-2.0-or-later
// `natstep deviations`: what the maintainers of this kernel could put right, each with the smallest
// conversation that shows it.
#pragma once

#include "harness/report/summary.h"
#include "model/clause.h"

#include <cstdint>
#include <string>
#include <vector>

namespace natstep::harness {

/// One clause that is marked `deviates`, and the best of what a run showed of it.
struct KnownDeviation {
  enum class State : std::uint8_t {
    shown,          // it decided what a scenario saw
    reached,        // scenarios pass by it, and nothing depends on it
    never_reached,  // the claim is held by nothing
  } state = State::never_reached;
  model::Clause clause{};
  std::string path{};  // the shortest scenario: fewest steps, then fewest lines of rules
  std::size_t steps = 0;
  std::size_t rules = 0;
  std::size_t scenarios = 0;  // that show it
  DeviationShown example{};   // where that scenario shows it
  std::string law{};          // the law that notices, there or in another scenario; empty: none
};

/// The scenario that has the clause's name, when it is skipped here or its pins speak of other
/// kernels only; null otherwise.
const Result* scenario_for_other_kernels(model::Clause clause, const Summary& summary);

/// Every clause that deviates, in the order of the table.
std::vector<KnownDeviation> known_deviations(const Summary& summary);

std::string deviations_text(const std::vector<KnownDeviation>& known, const Summary& summary);
std::string deviations_json(const std::vector<KnownDeviation>& known, const Summary& summary);

}  // namespace natstep::harness
