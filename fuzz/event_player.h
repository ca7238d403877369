// SPDX-License-Identifier: GPL-2.0-or-later
// Lets the events of a program happen to a box on both sides, and takes back what can be taken
// back.
#pragma once

#include "fuzz/fast_box.h"
#include "fuzz/program.h"
#include "fuzz/trace.h"
#include "harness/lockstep/events.h"
#include "netns/observation.h"

#include <optional>
#include <vector>

namespace natstep::fuzz {

class EventPlayer {
 public:
  /// Before each program.
  void begin(FastBox& box);

  enum class Came : std::uint8_t {
    about,
    not_at_all,      // the kernel refused it, or it would mean nothing
    not_understood,  // it did, and the model cannot say what follows
  };
  /// The event of `trace`, which `op` made.
  Came let_happen(const Op& op, bool listens, Trace& trace);

  /// Takes back settings, and what waits in queues. False when that fails.
  bool put_back();

 private:
  void remember(const harness::Event& event);
  void await_removal(const std::vector<netns::CtTuple>& before) const;

  FastBox* box_ = nullptr;
  std::optional<harness::EventRunner> runner_;   // made by the first event of a program
  std::vector<netns::SysctlSpec> old_settings_;  // the latest last
};

}  // namespace natstep::fuzz
