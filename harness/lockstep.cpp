// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep.h"

#include "harness/play.h"
#include "harness/prepare.h"

#include <chrono>

namespace natstep::harness {
namespace {

void run(const Scenario& scenario, netns::KernelDut& dut, const LockstepOptions& options,
         Outcome& outcome) {
  model::State state;
  if (!prepare(scenario, options, dut, state, outcome)) return;
  play(scenario, dut, state, options, outcome);
}

void environment_failed(const netns::EnvironmentError& error, Outcome& outcome) {
  const bool missing = error.kind == netns::EnvironmentError::Kind::missing;
  outcome.verdict = missing ? Verdict::skipped : Verdict::broken;
  outcome.reason = error.what();
}

}  // namespace

Outcome run_scenario(const Scenario& scenario, netns::KernelDut& dut,
                     const LockstepOptions& options) {
  Outcome outcome;
  const auto started = std::chrono::steady_clock::now();
  try {
    run(scenario, dut, options, outcome);
  } catch (const netns::EnvironmentError& error) {
    environment_failed(error, outcome);
  } catch (const UnbuildablePacket& packet) {
    outcome.diagnostic = {.path = scenario.path,
                          .pos = packet.pos,
                          .message = packet.message,
                          .hint = packet.hint,
                          .source_line = {}};
  }
  outcome.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return outcome;
}

}  // namespace natstep::harness
