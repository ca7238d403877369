// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/retell.h"

#include "fuzz/box_parts.h"
#include "fuzz/convert.h"
#include "fuzz/fast_box.h"
#include "fuzz/forge.h"
#include "fuzz/packet_parts.h"
#include "fuzz/trace.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace natstep::fuzz {
namespace {

using Kind = model::Stimulus::Kind;

Kind kind_of(const Trace& trace) {
  return trace.stimulus.port == model::no_port ? Kind::send : Kind::inject;
}

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
  explicit Teller(model::State& state) : state_(state) { traces_.reserve(most_ops); }

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
    if (forged.bytes.empty()) return false;
    traces_.emplace_back().stimulus = std::move(forged);
    return true;
  }

  void ask() {
    Trace& trace = traces_.back();
    UncommonChooser chooser;
    model::step(
        state_,
        {.kind = kind_of(trace), .port = trace.stimulus.port, .packet = trace.stimulus.bytes},
        chooser, trace.prediction);
    for (const auto& frame : trace.prediction.frames)
      trace.observation.frames.push_back({.port = frame.port, .bytes = frame.bytes});
    past_.push_back({.stimulus = trace.stimulus.bytes,
                     .port = trace.stimulus.port,
                     .frames = trace.observation.frames});
  }

  model::State& state_;
  std::vector<Trace> traces_;
  std::vector<PastStep> past_;
};

harness::Outcome outcome_of(std::span<const Trace> traces) {
  harness::Outcome outcome;
  outcome.verdict = harness::Verdict::broken;
  for (const Trace& trace : traces) {
    auto& record = outcome.steps.emplace_back();
    record.stimulus = trace.stimulus.bytes;
    record.kind = kind_of(trace);
    record.port = trace.stimulus.port;
    record.prediction = trace.prediction;
    record.observation = trace.observation;
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
  Teller teller(box.state);
  teller.tell(program, asked);
  if (teller.traces().empty()) return tl::unexpected<std::string>("the program has no packets");
  return Retold{.scenario = scenario_of(box.base, teller.traces()),
                .outcome = outcome_of(teller.traces())};
}

}  // namespace natstep::fuzz
