// SPDX-License-Identifier: GPL-2.0-or-later
// Plays programs to the model alone. There is no kernel to list nft rules, so the boxes have rules
// in the words of iptables, which the harness reads itself.
#pragma once

#include "fuzz/features.h"
#include "fuzz/program.h"
#include "fuzz/trace.h"
#include "harness/lockstep/lockstep.h"

#include <string>
#include <vector>

namespace natstep::fuzz {

struct ModelRun {
  Features features;
  std::string broken_law;  // by nothing that is known to deviate: which, and how
};

class ModelPlayer {
 public:
  explicit ModelPlayer(harness::LockstepOptions options) : options_(std::move(options)) {}
  const ModelRun& play(const Program& program);

 private:
  bool step(const Op& op, model::State& state);

  harness::LockstepOptions options_;
  ModelRun run_;
  std::vector<Trace> traces_;
  std::vector<PastStep> past_;
  model::ClauseSet clauses_;
  LawBench laws_;
  harness::RuleWrites writes_;
};

}  // namespace natstep::fuzz
