// SPDX-License-Identifier: GPL-2.0-or-later
// The checkers: one an aspect. Each looks at one step from both sides and adds what it finds.
//
// To compare something new between model and kernel, write one more check_*.cpp and call it from
// compare.cpp.
#pragma once

#include "harness/lockstep/outcome.h"
#include "harness/scenario/scenario.h"
#include "model/model.h"
#include "netns/dut.h"
#include "netns/observation.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// One step as the checkers see it: the stimulus, and what both sides made of it.
struct StepView {
  const Scenario& scenario;
  const ScenarioStep& line;
  wire::ByteView sent;
  model::PortId port = model::no_port;  // no_port: the box itself sent it
  const model::State& state;            // after the step
  const model::Prediction& prediction;
  const netns::Observation& observation;
  const std::vector<EntryPair>& entries;  // both sides' conntrack entries after the step
  const std::vector<EntryPair>& before;   // and before it
  std::span<const StepRecord> earlier{};  // the steps before this one
  std::uint32_t kernel_entry_count = 0;
  std::uint64_t at = 0;        // when it happened, in seconds as the script counts them
  double elapsed_seconds = 0;  // since the scenario began: timeouts shrink meanwhile
};

using Findings = std::vector<Finding>;

/// Ports, number, order within a port and every byte of the frames that left.
void check_frames(const StepView& view, Findings& findings);
/// Every value that the kernel chose was one that it may choose.
void check_choices(const StepView& view, Findings& findings);
/// The packet at each tap: that it came by, in which order, and its bytes.
void check_walk(const StepView& view, Findings& findings);
/// Every entry, field by field; their number; and that creations were announced.
void check_conntrack(const StepView& view, Findings& findings);
/// How many entries a kernel in the model's state counts.
std::size_t entries_counted(const model::State& state, std::uint64_t at);
/// Every expectation, field by field.
void check_expectations(const StepView& view, Findings& findings);
/// What must hold whatever the model says, for the frames of either side.
void check_laws(const StepView& view, Findings& findings);

class Scapy;
/// `--witness scapy`: what leaves either side is what Scapy builds from it.
void check_witness(const StepView& view, Scapy& scapy, Findings& findings);

/// The word of a law finding for the side that keeps the law.
inline constexpr std::string_view law_holds = "holds";

/// What the script's pins of one step say about one voice: one text a violated pin, in the order of
/// the script.
struct PinViolation {
  std::size_t pin = 0;  // index into ScenarioStep::pins
  std::string what;     // "udp.dst_port: the script says 53, the packet has 54"
};

/// What one side shows after a step.
struct ShownBySide {
  const std::vector<netns::Frame>& frames;
  const std::vector<netns::CtEntry>& entries;
  const std::vector<netns::CtExpectation>& expectations;
  double elapsed_seconds = 0;
};

/// Judges the pins against the kernel and against the model. The kernel's values are bound in
/// `variables`.
void check_pins(const StepView& view, wire::Variables& variables, Findings& findings);

/// The `should` lines of the step that the kernel does not keep.
std::vector<Shortfall> check_shoulds(const StepView& view, const wire::Variables& variables);

/// The model's frames in the kernel side's form.
std::vector<netns::Frame> frames_of(const model::Prediction& prediction);

}  // namespace natstep::harness
