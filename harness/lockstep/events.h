// SPDX-License-Identifier: GPL-2.0-or-later
// Events of a scenario: let happen to the device, and brought into the model's form.
#pragma once

#include "harness/lockstep/outcome.h"
#include "harness/scenario/scenario.h"
#include "model/event.h"
#include "model/wire/text.h"
#include "netns/dut.h"

#include <string>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

namespace natstep::harness {

/// Why an event cannot be gone on with: the scenario is wrong, or the model does not understand.
struct NotHappened {
  std::variant<Diagnostic, Inconclusive> why;
};

class EventRunner {
 public:
  EventRunner(const Scenario& scenario, netns::Dut& dut)
      : scenario_(scenario), dut_(dut), blocks_(scenario.rules) {}

  /// Lets the event happen to the device; `state` is the model's before it.
  tl::expected<model::Event, NotHappened> run(const StimulusLine& line, const model::State& state,
                                              const wire::Variables& variables,
                                              const netns::ObserveOptions& options,
                                              netns::Observation& out);

 private:
  [[nodiscard]] Diagnostic refusal(const StimulusLine& line, const netns::RuleError& error) const;
  tl::expected<model::Event, NotHappened> to_model(const Event& event, const model::State& state,
                                                   const netns::Event& done,
                                                   const netns::ObserveOptions& options);
  tl::expected<model::Event, NotHappened> rules_now(const RulesBlock& block,
                                                    const model::State& state,
                                                    const netns::ObserveOptions& options);

  const Scenario& scenario_;
  netns::Dut& dut_;
  std::vector<RulesBlock> blocks_;  // all that were loaded so far
};

}  // namespace natstep::harness
