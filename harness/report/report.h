// SPDX-License-Identifier: GPL-2.0-or-later
// The report of one scenario: words first, then an aligned table, then how to repeat it (HOUSE
// section 5). Greppable first word, at most 100 columns, colour only on a terminal.
#pragma once

#include "harness/lockstep/outcome.h"

#include <cstdint>
#include <string>

namespace natstep::harness {

/// Whose walk `explain` shows: that of a kernel which is not running is the model's alone.
enum class Speakers : std::uint8_t { model_and_kernel, model_alone };

struct ReportContext {
  std::string kernel;         // "Linux 6.18.44 x86_64"
  std::string profile;        // "linux-6.18"
  std::string version;        // natstep's
  std::string artefacts;      // directory, empty: none were written
  std::string options{};      // what a repetition must be given as well: "--break CLAUSE"
  std::string repeatability;  // "repeatable 20 of 20      minimised from 9 steps and 4 rules";
                              // empty: not tried
  bool colour = false;
  Speakers speakers = Speakers::model_and_kernel;
};

/// The full report of a diverged, inconclusive, skipped or broken scenario; one line for an agreed
/// one.
std::string report(const Scenario& scenario, const Outcome& outcome, const ReportContext& context);

/// `natstep explain`: the hook-by-hook walk of both sides, side by side, with the bytes that change
/// at each step.
std::string explain(const Scenario& scenario, const Outcome& outcome, const ReportContext& context);

}  // namespace natstep::harness
