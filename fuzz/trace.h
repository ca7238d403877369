// SPDX-License-Identifier: GPL-2.0-or-later
// What came of one packet of a program, and the laws on it.
#pragma once

#include "fuzz/forge.h"
#include "harness/lockstep/check.h"
#include "model/model.h"
#include "netns/observation.h"

#include <span>
#include <vector>

namespace natstep::fuzz {

/// One packet of a program, on both sides.
struct Trace {
  Forged stimulus;
  netns::Observation observation;
  model::Prediction prediction;
  std::vector<netns::CtEntry> entries;  // the model's, after it
  harness::Findings findings;           // laws that it breaks
};

/// Fills in the model's entries after the step.
void note_entries(const model::State& state, Trace& trace);

/// The laws that the last of `traces` breaks. Only the model's side is judged: where the kernel's
/// frames are the same, so is its case.
harness::Findings broken_laws(const model::State& state, std::span<const Trace> traces);

}  // namespace natstep::fuzz
