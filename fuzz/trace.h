// SPDX-License-Identifier: GPL-2.0-or-later
// What came of one packet or event of a program, and the laws on it.
#pragma once

#include "fuzz/features.h"
#include "fuzz/forge.h"
#include "harness/lockstep/check.h"
#include "harness/lockstep/law_writes.h"
#include "harness/lockstep/laws.h"
#include "model/event.h"
#include "model/model.h"
#include "netns/observation.h"

#include <optional>
#include <span>
#include <vector>

namespace natstep::fuzz {

/// One step of a program, on both sides.
struct Trace {
  Forged stimulus;
  std::optional<model::Event> event;  // that of `stimulus`, as the model was told it
  netns::Observation observation;
  model::Prediction prediction;
  std::vector<harness::LawEntry> entries;  // the model's, after it
  std::vector<FlowState> states;           // and how their connections stand
  harness::Findings findings;              // laws that it breaks
};

/// Whether the box itself sends the packet.
bool sends(const Trace& trace);
/// What the model is given of a packet.
model::Stimulus stimulus_of(const Trace& trace);
/// What a report is told of the step.
harness::StepRecord record_of(const Trace& trace);

/// Fills in the model's entries after the step.
void note_entries(const model::State& state, Trace& trace);

/// Judges the last of a program's packets. Only the model's side is looked at: where the kernel's
/// frames are the same, so is its case. What holds allocates nothing.
class LawBench {
 public:
  /// Adds the laws that it breaks to its findings; `writes` is what the box's rules write.
  void judge(const model::State& state, const harness::RuleWrites& writes, std::span<Trace> traces);

 private:
  std::span<const harness::LawEntry> entries_before(const model::State& state,
                                                    std::span<const Trace> traces);
  void gather_earlier(std::span<const Trace> traces);

  std::vector<harness::LawEntry> before_;
  std::vector<harness::EarlierPacket> earlier_;
  std::vector<wire::ByteView> frames_;
};

}  // namespace natstep::fuzz
