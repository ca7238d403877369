// SPDX-License-Identifier: GPL-2.0-or-later
// How fast is lockstep, and how much of that is the kernel? Bare loop (write to one port, read from
// the other), full lockstep (model, exact comparison of every frame) and the model alone take turns
// in short slices of one run, so that all see the same machine.
#pragma once

#include "model/profile.h"
#include "netns/kernel_dut.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace natstep::harness {

struct BenchOptions {
  model::Profile profile;
  std::chrono::milliseconds time{1500};  // of each of the two kinds of traffic, both loops together
  std::uint32_t slice = 2000;            // packets between two turns
};

struct BenchFigures {
  double bare = 0;      // packets a second, written and read and not looked at
  double lockstep = 0;  // packets a second, predicted and compared byte for byte
  double model = 0;     // packets a second, predicted only
  [[nodiscard]] double ratio() const { return bare > 0 ? lockstep / bare : 0; }
};

struct BenchResult {
  BenchFigures established;                 // one masqueraded UDP flow
  BenchFigures new_flow;                    // a new masqueraded UDP flow each packet
  std::uint64_t packets = 0;                // compared
  std::uint64_t model_flows = 0;            // that the model alone was made to remember, in turns
  std::int64_t model_growth = 0;            // bytes of heap that were not there before them
  std::optional<std::string> disagreement;  // model and kernel differed: the figures are worthless
};

/// Throws netns::EnvironmentError. In the end the model alone sees a million flows, of which it has
/// `slice` at a time.
BenchResult bench(netns::KernelDut& dut, const BenchOptions& options);

}  // namespace natstep::harness
