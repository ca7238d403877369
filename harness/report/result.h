// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept of a scenario when the worker that ran it has moved on: everything that the formats
// print.
#pragma once

#include "harness/cli/select.h"
#include "harness/lockstep/outcome.h"

#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

namespace natstep::harness {

struct Result {
  std::string path;
  std::string area;
  Verdict verdict = Verdict::agreed;
  std::string reason;      // one line: why it is not simply agreed
  std::string report;      // the full report of what is neither agreed nor a deviation
  std::string suspect;     // Triage::suspect
  std::string artefacts;   // folder, empty when none were written
  std::string diagnostic;  // the file is no scenario, or a tool refused its rules: told on stderr,
                           // exit status 2
  std::string trouble;  // what went wrong beside the scenario: its artefacts could not be written
  std::vector<DeviationShown> deviations;
  std::vector<Shortfall> shortfalls;
  std::vector<Finding> findings;
  model::ClauseSet clauses;
  std::string behaviour;   // what the kernel did (behaviour.h), when that was asked for
  bool pins_speak = true;  // false: they need what this kernel lacks
  std::size_t steps = 0;   // of the scenario
  std::size_t rules = 0;   // lines of rules
  std::uint64_t packets = 0;
  double seconds = 0;
};

/// The message that a worker sends; `decode(encode(r))` equals `r`.
std::string encode(const Result& result);
Result decode(const std::string& message);

/// A scenario that never got an outcome: its worker died, or the kernel side could not be set up.
Result without_outcome(const ScenarioFile& file, Verdict verdict, std::string reason);

}  // namespace natstep::harness
