// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/lockstep.h"

#include "harness/lockstep/play.h"
#include "harness/lockstep/prepare.h"
#include "harness/scapy/scapy.h"

#include <chrono>

namespace natstep::harness {
namespace {

Diagnostic diagnose(const Scenario& scenario, const UnbuildablePacket& packet) {
  return {.path = scenario.path,
          .pos = packet.pos,
          .message = packet.message,
          .hint = packet.hint,
          .source_line = {}};
}

void run(const Scenario& scenario, netns::KernelDut& dut, const LockstepOptions& options,
         Outcome& outcome) {
  model::State state;
  if (prepare(scenario, options, dut, state, outcome)) play(scenario, dut, state, options, outcome);
}

/// Packets that are Scapy expressions become bytes before anything else happens.
void run_with_scapy(Scenario scenario, netns::KernelDut& dut, const LockstepOptions& options,
                    Outcome& outcome) {
  outcome.diagnostic = evaluate_scapy(scenario);
  if (!outcome.diagnostic) run(scenario, dut, options, outcome);
}

}  // namespace

Outcome run_scenario(const Scenario& scenario, netns::KernelDut& dut,
                     const LockstepOptions& options) {
  Outcome outcome;
  const auto started = std::chrono::steady_clock::now();
  try {
    if (needs_scapy(scenario)) {
      run_with_scapy(scenario, dut, options, outcome);
    } else {
      run(scenario, dut, options, outcome);
    }
  } catch (const UnbuildablePacket& packet) {
    outcome.diagnostic = diagnose(scenario, packet);
  }
  outcome.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return outcome;
}

}  // namespace natstep::harness
