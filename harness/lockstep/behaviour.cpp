// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/behaviour.h"

#include "harness/lockstep/convert.h"
#include "harness/lockstep/events.h"
#include "harness/lockstep/play.h"
#include "harness/lockstep/prepare.h"
#include "harness/report/entry_text.h"
#include "harness/scenario/scenario_text.h"
#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "netns/dut.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

constexpr std::string_view entry_word = "ct ";

std::string sent_in(const model::Topology& topology, const StepRecord& record) {
  if (record.event) return "what happens to the box";
  return stimulus_line(topology, record.port, record.stimulus);
}

/// Ids, and what a hash decides about the order, are no behaviour.
void add_entries(std::vector<std::string> entries, std::vector<std::string>& seen) {
  std::ranges::sort(entries);
  for (std::string& entry : entries)
    seen.push_back(std::string(entry_word) + entry);
}

/// Without the number behind "timeout", which goes to `timeout`.
std::string cut_timeout(const std::string& text, long& timeout) {
  constexpr std::string_view word = "timeout ";
  const auto at = text.rfind(word);
  if (at == std::string::npos) return text;
  const char* digits = text.data() + at + word.size();
  const auto [end, error] = std::from_chars(digits, text.data() + text.size(), timeout);
  return text.substr(0, at) + end;
}

bool is_an_identification(const model::BoundChoice& choice) {
  return choice.kind == model::ChoiceKind::ip_id || choice.kind == model::ChoiceKind::fragment_id;
}

/// Zero in place of an identification that the kernel drew.
void take_identification(const model::BoundChoice& choice, wire::Bytes& frame) {
  if (choice.kind == model::ChoiceKind::ip_id) {
    const auto ip = wire::Ipv4Edit::parse(frame);
    if (!ip || ip->version() != 4 || ip->id() != choice.value) return;
    ip->set_checksum(wire::csum_replace2(ip->checksum(), ip->id(), 0));
    ip->set_id(0);
  } else if (const auto ip = wire::Ipv6View::parse(frame); ip && ip->version() == 6) {
    const auto fragment = ip->walk().fragment;
    if (!fragment || fragment->offset + wire::ipv6::fragment::size > frame.size()) return;
    std::uint8_t* id = &frame[fragment->offset + wire::ipv6::fragment::id];
    if (wire::load_be32(id) == choice.value) wire::store_be32(id, 0);
  }
}

std::vector<netns::Frame> without_identifications(const StepRecord& record) {
  std::vector<netns::Frame> frames = record.observation.frames;
  for (const model::BoundChoice& choice : record.prediction.choices)
    if (is_an_identification(choice))
      for (netns::Frame& frame : frames)
        take_identification(choice, frame.bytes);
  return frames;
}

bool leaves_free(const StepRecord& record) {
  return std::ranges::any_of(record.prediction.choices, [](const model::BoundChoice& choice) {
    return choice.observed && !is_an_identification(choice);
  });
}

/// Those of `these` without a counterpart; each of `others` is the counterpart of one only.
std::vector<std::string> only_in(const std::vector<std::string>& these,
                                 std::vector<std::string> others) {
  std::vector<std::string> rest;
  for (const std::string& each : these) {
    const auto same = std::ranges::find_if(
        others, [&](const std::string& other) { return is_same_sight(each, other); });
    if (same == others.end()) {
      rest.push_back(each);
    } else {
      others.erase(same);
    }
  }
  return rest;
}

std::vector<std::string> features_in(const StepBehaviour& left, const StepBehaviour& right) {
  std::vector<std::string> features = left.features;
  std::ranges::copy(right.features, std::back_inserter(features));
  std::ranges::sort(features);
  const auto [first, last] = std::ranges::unique(features);
  features.erase(first, last);
  return features;
}

BehaviourDifference difference_between(const StepBehaviour& left, const StepBehaviour& right) {
  BehaviourDifference difference{.line = left.line,
                                 .sent = left.sent,
                                 .left = only_in(left.seen, right.seen),
                                 .right = only_in(right.seen, left.seen),
                                 .features = features_in(left, right)};
  if (!difference.left.empty() || !difference.right.empty()) return difference;
  // Only the order differs: it takes all of them to see that.
  difference.left = left.seen;
  difference.right = right.seen;
  return difference;
}

std::string_view refusal_of(const NotHappened& reason) {
  const auto* refused = std::get_if<Diagnostic>(&reason.why);
  return refused == nullptr ? std::string_view() : std::string_view(refused->message);
}

/// One scenario with the kernel alone.
class Observer {
 public:
  Observer(const Scenario& scenario, netns::KernelDut& dut)
      : scenario_(scenario), dut_(dut), events_(scenario, dut) {
    state_.topology = scenario.topology;
  }

  /// Until the end, or to where a packet needs a value that no pin told.
  Behaviour run() {
    try {
      for (const ScenarioStep& step : scenario_.steps)
        play(step);
    } catch (const UnbuildablePacket&) {
    }
    return std::move(behaviour_);
  }

 private:
  void play(const ScenarioStep& step) {
    StepBehaviour seen{.line = step.stimulus.pos.line};
    std::optional<NotHappened> not_happened;
    if (step.stimulus.wait != 0) dut_.pass_time(step.stimulus.wait);
    netns::Observation observation;
    if (step.stimulus.event) {
      seen.sent = "what happens to the box";
      const auto event = events_.run(step.stimulus, state_, variables_, {}, observation);
      // Whether the model would understand it is of no interest here, what the kernel says is.
      if (!event) not_happened = event.error();
    } else {
      seen.sent = send(step, observation);
    }
    bind_variables(step, observation);
    seen.seen = frame_lines(scenario_.topology, observation.frames);
    if (not_happened && !refusal_of(*not_happened).empty())
      seen.seen.push_back(fmt::format("refused: {}", refusal_of(*not_happened)));
    if (observation.refused) seen.seen.push_back("refused: " + *observation.refused);
    std::vector<std::string> entries;
    for (const netns::CtEntry& entry : dut_.dump())
      entries.push_back(to_string(entry));
    add_entries(std::move(entries), seen.seen);
    behaviour_.push_back(std::move(seen));
  }

  std::string send(const ScenarioStep& step, netns::Observation& observation) {
    const BuiltStimulus built = build_stimulus(step.stimulus, variables_);
    netns::Stimulus stimulus{
        .packet = built.bytes, .partial = built.partial, .segments = built.segments};
    if (step.stimulus.kind == StimulusLine::Kind::send) {
      stimulus.kind = netns::Stimulus::Kind::send;
    } else {
      stimulus.port = scenario_.topology.find_port(step.stimulus.port).value_or(model::no_port);
    }
    dut_.apply(stimulus, {}, observation);
    return stimulus_line(scenario_.topology, stimulus.port, built.bytes);
  }

  void bind_variables(const ScenarioStep& step, const netns::Observation& observation) {
    for (const Pin& pin : step.pins) {
      const auto* out = std::get_if<OutPin>(&pin);
      if (out == nullptr || out->packet.kind != PacketSource::Kind::notation) continue;
      for (const netns::Frame& frame : observation.frames) {
        wire::Variables bound = variables_;
        if (out->packet.notation.mismatches(frame.bytes, bound).empty())
          variables_ = std::move(bound);
      }
    }
  }

  const Scenario& scenario_;
  netns::KernelDut& dut_;
  model::State state_;
  EventRunner events_;
  wire::Variables variables_;
  Behaviour behaviour_;
};

}  // namespace

Behaviour behaviour_of(const Scenario& scenario, const Outcome& outcome) {
  Behaviour behaviour;
  for (const StepRecord& record : outcome.steps) {
    StepBehaviour step{.line = record.pos.line,
                       .sent = sent_in(scenario.topology, record),
                       .free = leaves_free(record)};
    step.seen = frame_lines(scenario.topology, without_identifications(record));
    std::vector<std::string> entries;
    for (const EntryPair& pair : record.entries)
      if (pair.kernel) entries.push_back(to_string(*pair.kernel));
    add_entries(std::move(entries), step.seen);
    behaviour.push_back(std::move(step));
  }
  for (const FeatureAtWork& each : outcome.features)
    behaviour[each.step].features.emplace_back(each.feature->name);
  return behaviour;
}

std::variant<Behaviour, Outcome> observe_alone(const Scenario& scenario, netns::KernelDut& dut) {
  Outcome outcome;
  if (!configure_kernel(scenario, dut, outcome)) return outcome;
  dut.hold(queues_of(understand_rules_of(scenario.rules, dut, scenario.topology)));
  return Observer(scenario, dut).run();
}

std::optional<BehaviourDifference> first_difference(const Behaviour& left, const Behaviour& right) {
  const std::size_t steps = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < steps; ++i) {
    if (shows_the_same(left[i], right[i])) continue;
    auto difference = difference_between(left[i], right[i]);
    const bool free = left[i].free || right[i].free;
    return free && difference.features.empty() ? std::nullopt : std::optional(difference);
  }
  return std::nullopt;
}

bool shows_the_same(const StepBehaviour& left, const StepBehaviour& right) {
  return std::ranges::equal(left.seen, right.seen, is_same_sight);
}

bool is_same_sight(const std::string& left, const std::string& right) {
  constexpr long most_seconds = 3;  // an emulated machine takes its time
  if (left == right) return true;
  if (!left.starts_with(entry_word)) return false;
  long left_timeout = 0;
  long right_timeout = 0;
  return cut_timeout(left, left_timeout) == cut_timeout(right, right_timeout) &&
         std::abs(left_timeout - right_timeout) <= most_seconds;
}

std::string encode(const Behaviour& behaviour) {
  auto list = nlohmann::json::array();
  for (const StepBehaviour& step : behaviour)
    list.push_back({step.line, step.sent, step.seen, step.free, step.features});
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Behaviour decode_behaviour(const std::string& text) {
  Behaviour behaviour;
  if (text.empty()) return behaviour;
  for (const auto& step : nlohmann::json::parse(text))
    behaviour.push_back({.line = step.at(0),
                         .sent = step.at(1),
                         .seen = step.at(2),
                         .free = step.at(3),
                         .features = step.at(4)});
  return behaviour;
}

}  // namespace natstep::harness
