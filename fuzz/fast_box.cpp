// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/fast_box.h"

#include "fuzz/box_parts.h"
#include "harness/lockstep/expectations.h"
#include "harness/lockstep/prepare.h"
#include "harness/scenario/scenario_text.h"

#include <algorithm>
#include <utility>

namespace natstep::fuzz {
namespace {

/// Each has some descriptors and a few hundred kilobytes of kernel memory.
constexpr std::size_t most_boxes = 48;

/// A scenario must have one.
constexpr std::string_view any_step = "\nsend udp 203.0.113.1:1 > 198.51.100.9:1\n";

/// Rules with meters or dice remember what packets did; no reset would bring that back.
bool remembers(const harness::Scenario& scenario) {
  for (const auto& block : scenario.rules) {
    for (const std::string_view word : {"limit ", "quota ", "numgen ", "-m statistic"})
      if (block.text.find(word) != std::string::npos) return true;
  }
  return false;
}

std::string why_not(const harness::Outcome& outcome) {
  if (outcome.diagnostic) return harness::to_string(*outcome.diagnostic);
  return outcome.reason.empty() ? "the box cannot be prepared" : outcome.reason;
}

}  // namespace

FastBox& FastBoxes::get(const BoxChoice& choice) {
  const auto found = std::ranges::find(boxes_, choice, &FastBox::choice);
  if (found == boxes_.end()) return make(choice);
  boxes_.splice(boxes_.begin(), boxes_, found);
  return boxes_.front();
}

void FastBoxes::give_up(const FastBox& box) {
  boxes_.remove_if([&](const FastBox& each) { return &each == &box; });
}

FastBox& FastBoxes::make(const BoxChoice& choice) {
  if (boxes_.size() >= most_boxes) boxes_.pop_back();
  FastBox& box = boxes_.emplace_front();
  box.choice = choice;
  auto scenario = harness::parse_scenario(box_text(choice).append(any_step), "fuzz.nat");
  if (!scenario) {
    box.unusable = harness::to_string(scenario.error());
    return box;
  }
  box.base = *std::move(scenario);
  ++made_;
  furnish(box);
  box.base.steps.clear();
  return box;
}

void FastBoxes::furnish(FastBox& box) const {
  // The ports are what the steps ask for.
  box.base.steps.front().stimulus.offload = offloads(box.choice);
  box.dut = std::make_unique<netns::KernelDut>();
  harness::Outcome outcome;
  if (!harness::prepare(box.base, options_, *box.dut, box.state, outcome)) {
    box.unusable = why_not(outcome);
    return;
  }
  box.beginning = harness::beginning_of(box.state);
  box.remembers = remembers(box.base);
  box.queues = !harness::queues_of(box.state.rules).empty();
  box.writes = harness::writes_of(box.state.rules);
  box.expects = harness::attaches_helpers(box.state.rules);
}

}  // namespace natstep::fuzz
