// SPDX-License-Identifier: GPL-2.0-or-later
// Playing a scenario: the loop of lockstep itself, on any device that is already set up, and again
// to the model alone.
#pragma once

#include "harness/lockstep/lockstep.h"
#include "harness/lockstep/outcome.h"
#include "model/model.h"
#include "netns/dut.h"

#include <optional>
#include <span>
#include <vector>

namespace natstep::harness {

/// Runs every step on both sides and compares after each; stops at the first that diverges.
/// `outcome` collects.
void play(const Scenario& scenario, netns::Dut& dut, model::State& state,
          const LockstepOptions& options, Outcome& outcome);

/// The bytes of a stimulus. Throws UnbuildablePacket.
wire::Bytes build_packet(const PacketSource& source, const wire::Variables& variables);

/// A stimulus as it goes to a device: with `offload`, the checksum of TCP or UDP is left to that.
struct BuiltStimulus {
  wire::Bytes bytes;
  std::optional<netns::PartialChecksum> partial;
  std::optional<netns::Segmentation> segments{};
};
/// Throws UnbuildablePacket.
BuiltStimulus build_stimulus(const StimulusLine& line, const wire::Variables& variables);

/// What of a packet whose checksum was left to a device is told to that, and how it is to cut it.
std::optional<netns::PartialChecksum> partial_checksum(wire::ByteView packet);
std::optional<netns::Segmentation> segmentation(wire::ByteView packet, std::uint16_t payload);

/// A packet of the scenario that cannot be turned into bytes: a mistake in the scenario.
struct UnbuildablePacket {
  SourcePos pos;
  std::string message;
  std::string hint;
};

/// Gives the model what the record says that the kernel was given.
void advance(model::State& state, const StepRecord& record, model::Chooser& chooser,
             model::Prediction& out);

struct Replayed {
  model::Prediction prediction;         // of the last step
  std::vector<netns::CtEntry> entries;  // after it
};

/// Plays recorded steps to a model of its own, which is answered with the recorded choices: what
/// would it have said with `broken`, or with more detail? `like`: the state before the first step.
class Replay {
 public:
  Replay(const model::State& like, std::optional<model::Clause> broken);
  /// Plays those of `steps` that it has not played yet; there must be one, and the last of them is
  /// told with `detail`.
  Replayed catch_up(std::span<const StepRecord> steps, model::WalkDetail detail);

 private:
  model::State state_;
  std::size_t played_ = 0;
};

/// All of the steps at once.
Replayed replay(const std::vector<StepRecord>& steps, const model::State& like,
                std::optional<model::Clause> broken, model::WalkDetail detail);

}  // namespace natstep::harness
