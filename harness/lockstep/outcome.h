// SPDX-License-Identifier: GPL-2.0-or-later
// What came of a scenario: agreed, or what not, in which aspect, with everything that a report
// needs.
#pragma once

#include "harness/scenario/scenario.h"
#include "harness/scenario/scenario_text.h"
#include "model/clause.h"
#include "model/event.h"
#include "model/model.h"
#include "model/profile.h"
#include "netns/observation.h"

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

enum class Verdict : std::uint8_t { agreed, deviation, diverged, inconclusive, skipped, broken };
/// "AGREED", "DEVIATION", ...: the first word of a report.
std::string_view to_string(Verdict verdict);
/// HOUSE exit codes: agreed and deviation 0, diverged 1, inconclusive 3, skipped 4, broken 5.
int exit_code(Verdict verdict);

enum class Aspect : std::uint8_t { frames, conntrack, expectations, walk, laws, pins, choices };
std::string_view to_string(Aspect aspect);

/// One voice against another about one thing.
struct Finding {
  Aspect aspect{};
  std::string subject{};  // "udp.checksum on wan", "entry udp 10.0.1.2:4000 > ...", "checksums
                          // valid out when valid in"
  std::string sent{};     // what went in, where that makes sense
  std::string model{};    // what the model says; for pins and laws the voice that is judged
  std::string kernel{};   // what the kernel did
  std::string script{};   // what the script says; empty: silent
  SourcePos pos{};        // the pin's or the stimulus' place
};

/// The three voices of HOUSE section 5, on the step that diverged.
enum class Voice : std::uint8_t { silent, with_model, with_kernel, with_both, alone };

struct Triage {
  Voice script = Voice::silent;
  bool model_equals_kernel = false;
  bool laws_hold = true;
  std::string suspect{};  // "the model's clause, or the kernel", "the pin"
};

/// One conntrack entry in both voices, each as ctnetlink would show it; absent where a side does
/// not have it.
struct EntryPair {
  std::optional<netns::CtEntry> model;
  std::optional<netns::CtEntry> kernel;
};

/// The model does not understand something, and says what.
struct Inconclusive {
  std::string reason;
  SourcePos pos;
};

/// The record of one step of lockstep: all that both sides said.
struct StepRecord {
  wire::Bytes stimulus;
  model::Stimulus::Kind kind{};
  bool offload = false;               // its checksum was left to a device
  std::uint16_t segment = 0;          // and so was to cut it into segments of this payload
  std::optional<model::Event> event;  // instead of a stimulus, which is then empty
  model::PortId port = model::no_port;
  std::uint64_t at = 0;  // seconds since the scenario began, as the script counts them
  SourcePos pos;
  model::Prediction prediction;
  netns::Observation observation;
  std::vector<Finding> findings;
  Triage triage;
  std::vector<EntryPair> entries;       // every entry that either side has after the step
  std::optional<model::Clause> clause;  // diverged: the reached clause that decides what differs
};

/// A known deviation at work: a clause that differs from what an RFC or plain arithmetic asks
/// decided what was seen after a step.
struct DeviationShown {
  /// Where it shows, the plainest first.
  enum class Where : std::uint8_t { frames, entries, hooks } where = Where::frames;
  model::Clause clause{};
  SourcePos pos{};                         // of the stimulus
  std::string law{};                       // the law that notices, and how; empty: none does
  std::string sent{};                      // "in lan udp ..."
  std::vector<std::string> seen{};         // "out wan udp ..." a frame
  std::vector<std::string> bytes{};        // the same frames in hexadecimal
  std::vector<std::string> differences{};  // "ipv4.src of frame 0: 10.0.1.2, else 203.0.113.1"
  std::vector<std::string> profiles{};     // those whose model shows it in the same way
};

/// What the script says that an RFC asks, and the kernel does not do.
struct Shortfall {
  SourcePos pos{};                   // of the `should` line
  std::string asked{};               // "out wan udp ..."
  std::string kernel{};              // "no frame left on wan"
  std::string sent{};                // "in lan udp ..."
  std::vector<std::string> seen{};   // "out wan udp ..." a frame
  std::vector<std::string> bytes{};  // the same frames in hexadecimal
};

/// A feature of the profile that decided what was seen after a step, and after none before that.
struct FeatureAtWork {
  const model::Feature* feature = nullptr;
  std::size_t step = 0;  // index into Outcome::steps
};

struct Outcome {
  Verdict verdict = Verdict::agreed;
  std::string reason;    // inconclusive, skipped, broken: why
  SourcePos reason_pos;  // the line that the reason is about; line 0: none
  std::optional<Diagnostic>
      diagnostic;  // the scenario itself is wrong (a rule tool refused its text): exit code 2
  std::size_t failed_step = 0;  // diverged: index into steps
  std::vector<StepRecord>
      steps;                 // up to and including the failed one; empty unless records are kept
  model::ClauseSet clauses;  // reached by the whole scenario
  std::vector<DeviationShown> deviations;  // known deviations, each where it showed first
  std::vector<Shortfall> shortfalls;       // `should` lines that the kernel does not keep
  std::vector<FeatureAtWork> features;     // of those that were asked about
  bool pins_speak = true;                  // of this kernel, as far as `pins need` says
  std::uint64_t packets = 0;               // frames and stimuli compared
  double seconds = 0;
};

}  // namespace natstep::harness
