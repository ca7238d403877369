// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/retell.h"

#include "fuzz/box_parts.h"
#include "fuzz/convert.h"
#include "fuzz/device_work.h"
#include "fuzz/fast_box.h"
#include "fuzz/forge.h"
#include "fuzz/packet_parts.h"
#include "fuzz/trace.h"
#include "harness/lockstep/events.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace natstep::fuzz {
namespace {

/// A device that agrees to whatever happens, and to which only rules do happen: the model reads
/// these from the kernel.
class Agreeable final : public netns::Dut {
 public:
  explicit Agreeable(netns::KernelDut& kernel) : kernel_(kernel) {}

  void apply(const netns::Stimulus&, const netns::ObserveOptions&, netns::Observation&) override {}
  std::optional<netns::RuleError> happen(const netns::Event& event,
                                         const netns::ObserveOptions& options,
                                         netns::Observation& out) override {
    if (!std::holds_alternative<netns::RulesText>(event)) return std::nullopt;
    return kernel_.happen(event, options, out);
  }
  std::string list_rules_json() override { return kernel_.list_rules_json(); }
  std::optional<netns::CtEntry> find_entry(const netns::CtTuple&, std::uint16_t) override {
    return std::nullopt;
  }
  std::uint32_t entry_count() override { return 0; }
  netns::CtStats stats() override { return {}; }

 private:
  netns::KernelDut& kernel_;
};

/// Ports that packets have anyway could not be told from a chosen one: scenario_of would give it no
/// name.
class UncommonChooser final : public model::Chooser {
 public:
  std::optional<std::uint32_t> choose(const model::Choice& choice) override {
    const std::uint32_t least =
        choice.highest - std::min(choice.highest - choice.lowest, most_tries);
    for (std::uint32_t value = choice.highest; value > least; --value)
      if (!is_common_port(value) && choice.permits(value)) return value;
    return std::nullopt;
  }

 private:
  static constexpr std::uint32_t most_tries = 1000;
};

/// The packets of a program, one after the other.
class Teller {
 public:
  explicit Teller(FastBox& box)
      : box_(box), state_(box.state), device_(*box.dut), events_(box.base, device_) {
    traces_.reserve(most_ops);
  }

  void tell(const Program& program, std::size_t asked) {
    for (const Op& op : program.ops) {
      if (!make(op)) continue;
      if (traces_.size() > asked) return;
      ask();
      if (traces_.back().prediction.unspecified) return;
    }
  }
  [[nodiscard]] const std::vector<Trace>& traces() const { return traces_; }

 private:
  bool make(const Op& op) {
    Forged forged = forge(op, past_, state_.topology);
    if (forged.bytes.empty() && !forged.event) return false;
    if (offloads(box_.choice)) leave_to_device(op, Segments::many, forged);
    traces_.emplace_back().stimulus = std::move(forged);
    if (!traces_.back().stimulus.event || happens()) return true;
    traces_.pop_back();
    return false;
  }

  bool happens() {
    Trace& trace = traces_.back();
    auto event =
        events_.run({.kind = harness::StimulusLine::Kind::event, .event = trace.stimulus.event},
                    state_, {}, {}, trace.observation);
    if (event) trace.event = *std::move(event);
    return event.has_value();
  }

  void ask() {
    Trace& trace = traces_.back();
    UncommonChooser chooser;
    if (trace.event) {
      model::happen(state_, *trace.event, 0, chooser, trace.prediction);
    } else {
      model::step(state_, stimulus_of(trace), chooser, trace.prediction);
    }
    for (const auto& frame : trace.prediction.frames)
      trace.observation.frames.push_back({.port = frame.port, .bytes = frame.bytes});
    past_.push_back({.stimulus = trace.stimulus.bytes,
                     .port = trace.stimulus.port,
                     .frames = trace.observation.frames});
  }

  FastBox& box_;
  model::State& state_;
  Agreeable device_;
  harness::EventRunner events_;
  std::vector<Trace> traces_;
  std::vector<PastStep> past_;
};

harness::Outcome outcome_of(std::span<const Trace> traces) {
  harness::Outcome outcome;
  outcome.verdict = harness::Verdict::broken;
  for (const Trace& trace : traces) {
    outcome.steps.push_back(record_of(trace));
    outcome.steps.back().observation = trace.observation;
    outcome.clauses |= trace.prediction.clauses;
  }
  outcome.packets = traces.size();
  return outcome;
}

}  // namespace

tl::expected<Retold, std::string> retell(const Program& program,
                                         const harness::LockstepOptions& options,
                                         std::size_t asked) {
  harness::LockstepOptions in_detail = options;
  in_detail.taps = false;
  in_detail.detail = model::WalkDetail::full;
  FastBoxes boxes(in_detail);
  FastBox& box = boxes.get(reduced(program.box));
  if (!box.unusable.empty()) return tl::unexpected(box.unusable);
  Teller teller(box);
  teller.tell(program, asked);
  if (teller.traces().empty()) return tl::unexpected<std::string>("the program has no packets");
  return Retold{.scenario = scenario_of(box.base, teller.traces()),
                .outcome = outcome_of(teller.traces())};
}

}  // namespace natstep::fuzz
