// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a scenario through the kernel and through the model, one stimulus at a time, and compares
// after each.
#pragma once

#include "harness/lockstep/outcome.h"
#include "harness/scenario/scenario.h"
#include "model/profile.h"
#include "netns/kernel_dut.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace natstep::harness {

struct LockstepOptions {
  model::Profile profile;
  std::optional<model::Clause> broken;  // --break
  model::WalkDetail detail = model::WalkDetail::taps;
  bool taps = true;             // observe between the hooks
  bool keep_records = false;    // fill Outcome::steps for every step, not only a diverged one
  bool scapy_witness = false;   // --witness scapy
  bool other_profiles = false;  // ask every profile whether it shares a deviation
  std::vector<const model::Feature*> asked = {};  // fill Outcome::features with those at work
  /// A hand in the wire: may look at what the kernel did, and change it, before it is compared.
  std::function<void(std::size_t step, netns::Observation&)> mangle;
};

/// Configures `dut` for the scenario, runs every step, and stops at the first that diverges.
/// Throws netns::EnvironmentError when the environment fails or lacks something; the device is then
/// best given up.
Outcome run_scenario(const Scenario& scenario, netns::KernelDut& dut,
                     const LockstepOptions& options);

}  // namespace natstep::harness
