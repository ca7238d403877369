// SPDX-License-Identifier: GPL-2.0-or-later
// Boxes that serve thousands of programs: each has its rules and settings for good, and only what
// packets left behind is taken away between two programs.
#pragma once

#include "fuzz/program.h"
#include "harness/lockstep/law_writes.h"
#include "harness/lockstep/lockstep.h"
#include "harness/scenario/scenario.h"
#include "model/model.h"
#include "netns/kernel_dut.h"

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace natstep::fuzz {

/// One box on both sides. It cannot be moved: the model's state is referred to.
struct FastBox {
  BoxChoice choice;
  harness::Scenario base;  // the box as a scenario without steps
  std::unique_ptr<netns::KernelDut> dut;
  model::State state;
  model::State beginning;      // what `state` was, without entries
  harness::RuleWrites writes;  // into packets, by its rules
  bool expects = false;        // some rule attaches a helper
  bool queues = false;         // some rule has packets wait for user space
  bool remembers = false;      // some rule counts packets: the box serves one program
  std::string unusable;        // why no program can be played in it; empty: one can
  std::uint64_t programs = 0;
  std::uint64_t complaints = 0;  // that there is no way, see ip_error
};

/// The boxes that were used last.
class FastBoxes {
 public:
  explicit FastBoxes(const harness::LockstepOptions& options) : options_(options) {}

  /// Makes it when there is none. Throws EnvironmentError.
  FastBox& get(const BoxChoice& choice);
  /// What it has been through cannot be undone: the next program gets a new one.
  void give_up(const FastBox& box);
  [[nodiscard]] std::uint64_t made() const { return made_; }

 private:
  FastBox& make(const BoxChoice& choice);
  void furnish(FastBox& box) const;

  harness::LockstepOptions options_;
  std::list<FastBox> boxes_;  // the latest first
  std::uint64_t made_ = 0;
};

}  // namespace natstep::fuzz
