// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/single_run.h"

#include "harness/cli/exit_code.h"
#include "harness/cli/select.h"
#include "harness/lockstep/events.h"
#include "harness/lockstep/play.h"
#include "harness/lockstep/prepare.h"
#include "harness/scenario/scenario_text.h"
#include "model/choice.h"
#include "netns/kernel_dut.h"

#include <utility>
#include <variant>

namespace natstep::harness {
namespace {

Scenario load(const std::string& path) {
  auto scenario = load_scenario(select_scenarios({path}, {}).front().path);
  if (!scenario) throw UsageError(to_string(scenario.error()));
  return std::move(*scenario);
}

void throw_if_wrong(const Outcome& outcome) {
  if (outcome.diagnostic) throw UsageError(to_string(*outcome.diagnostic));
}

/// Pins name what the kernel may choose: the model's own choice takes the name's place.
void bind_variables(const ScenarioStep& step, const model::Prediction& prediction,
                    wire::Variables& variables) {
  for (const Pin& pin : step.pins) {
    const auto* out = std::get_if<OutPin>(&pin);
    if (out == nullptr || out->packet.kind != PacketSource::Kind::notation) continue;
    for (const model::Frame& frame : prediction.frames) {
      wire::Variables bound = variables;
      if (out->packet.notation.mismatches(frame.bytes, bound).empty()) variables = std::move(bound);
    }
  }
}

/// The model's side of a lockstep: the records' kernel side stays empty.
class ModelAlone {
 public:
  ModelAlone(const Scenario& scenario, netns::Dut& dut, model::State& state)
      : state_(state), events_(scenario, dut) {}

  StepRecord step(const ScenarioStep& step) {
    StepRecord record;
    record.pos = step.stimulus.pos;
    record.at = now_ += step.stimulus.wait;
    if (step.stimulus.event) {
      happen(step, record);
    } else {
      send(step, record);
    }
    advance(state_, record, chooser_, record.prediction);
    bind_variables(step, record.prediction, variables_);
    return record;
  }

 private:
  void send(const ScenarioStep& step, StepRecord& record) {
    record.stimulus = build_packet(step.stimulus.packet, variables_);
    const bool sent = step.stimulus.kind == StimulusLine::Kind::send;
    record.kind = sent ? model::Stimulus::Kind::send : model::Stimulus::Kind::inject;
    if (!sent) record.port = state_.topology.find_port(step.stimulus.port).value_or(model::no_port);
  }

  /// The device takes part, for it has to read the rules.
  void happen(const ScenarioStep& step, StepRecord& record) {
    netns::Observation unused;
    auto event = events_.run(step.stimulus, state_, variables_, {}, unused);
    if (event) {
      record.event = std::move(*event);
      return;
    }
    if (const auto* diagnostic = std::get_if<Diagnostic>(&event.error().why))
      throw UsageError(to_string(*diagnostic));
    throw UsageError(std::get<Inconclusive>(event.error().why).reason);
  }

  model::State& state_;
  EventRunner events_;
  model::LowestChooser chooser_;
  wire::Variables variables_;
  std::uint64_t now_ = 0;  // seconds
};

}  // namespace

SingleRun run_single(const std::string& path, const LockstepOptions& options) {
  Scenario scenario = load(path);
  netns::KernelDut dut;
  Outcome outcome = run_scenario(scenario, dut, options);
  throw_if_wrong(outcome);
  return {.scenario = std::move(scenario), .outcome = std::move(outcome)};
}

SingleRun run_model_alone(const std::string& path, const LockstepOptions& options) {
  SingleRun run{.scenario = load(path), .outcome = {}};
  netns::KernelDut dut;
  model::State state;
  const bool ready = prepare(run.scenario, options, dut, state, run.outcome);
  throw_if_wrong(run.outcome);
  if (!ready) return run;
  ModelAlone model(run.scenario, dut, state);
  try {
    for (const ScenarioStep& step : run.scenario.steps)
      run.outcome.steps.push_back(model.step(step));
  } catch (const UnbuildablePacket& packet) {
    throw UsageError(to_string(Diagnostic{.path = path,
                                          .pos = packet.pos,
                                          .message = packet.message,
                                          .hint = packet.hint,
                                          .source_line = {}}));
  }
  return run;
}

}  // namespace natstep::harness
