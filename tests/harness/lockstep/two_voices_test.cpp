// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/harness/lockstep/two_voices.h"

#include "harness/lockstep/convert.h"

#include <algorithm>
#include <stdexcept>

#include <gtest/gtest.h>

namespace natstep::harness::testing {
namespace {

netns::Observation shown(const model::Prediction& prediction,
                         const std::vector<netns::CtTuple>& before,
                         const std::vector<netns::CtEntry>& after) {
  netns::Observation observation;
  for (const auto& frame : prediction.frames)
    observation.frames.push_back({.port = frame.port, .bytes = frame.bytes});
  for (const auto& step : prediction.walk) {
    if (step.actor != model::Actor::tap) continue;
    observation.taps.push_back({.hook = to_netns(step.hook),
                                .priority = step.priority,
                                .in = step.in,
                                .out = step.out,
                                .bytes = step.bytes});
  }
  for (const auto& entry : after) {
    if (std::ranges::find(before, entry.original) != before.end()) continue;
    observation.events.push_back({.kind = netns::CtEvent::Kind::created, .entry = entry});
  }
  return observation;
}

std::vector<netns::CtEntry> entries_of(const model::State& state) {
  std::vector<netns::CtEntry> entries;
  for (const auto* conn : state.conntrack.entries())
    entries.push_back(to_netns(*conn, state.topology.settings));
  return entries;
}

model::State fresh_state(const Scenario& scenario, const model::Ruleset& rules) {
  model::State state;
  state.profile = model::profiles().back();
  state.topology = scenario.topology;
  state.rules = rules;
  state.detail = model::WalkDetail::taps;
  return state;
}

}  // namespace

Scenario parse(std::string_view text) {
  auto scenario = parse_scenario(text, "test.nat");
  if (!scenario) throw std::runtime_error(to_string(scenario.error()));
  return std::move(*scenario);
}

model::Ruleset masquerade_rules(const model::Topology& topology) {
  model::Match to_wan;
  to_wan.field = model::Field::meta_oifname;
  const auto wan = model::value_of(std::uint64_t{topology.find_port("wan").value()});
  to_wan.ranges.push_back({.low = wan, .high = wan});
  model::Rule rule;
  rule.statements = {to_wan, model::NatStatement{.kind = model::NatKind::masquerade, .range = {}}};
  model::Chain chain;
  chain.name = "post";
  chain.rules = {rule};
  chain.base = true;
  chain.type = model::ChainType::nat;
  chain.hook = model::Hook::post_routing;
  chain.priority = model::priority::nat_src;
  model::Ruleset rules;
  rules.tables.push_back({.family = model::RuleFamily::ip, .name = "nat", .chains = {chain}});
  rules.ipv4 = {.conntrack = true, .nat = true};
  add_taps(rules);
  return rules;
}

std::vector<Recording> agreeing_kernel(const Scenario& scenario, const model::Ruleset& rules) {
  auto state = fresh_state(scenario, rules);
  model::LowestChooser chooser;
  std::vector<Recording> recordings;
  std::vector<netns::CtTuple> known;
  for (const auto& step : scenario.steps) {
    const auto packet = build_packet(step.stimulus.packet, {});
    const auto port = scenario.topology.find_port(step.stimulus.port).value();
    model::Prediction prediction;
    model::step(state, {.port = port, .packet = packet}, chooser, prediction);
    auto& recording = recordings.emplace_back();
    recording.entries = entries_of(state);
    recording.observation = shown(prediction, known, recording.entries);
    for (const auto& entry : recording.entries)
      known.push_back(entry.original);
  }
  return recordings;
}

Outcome play_against(const Scenario& scenario, const model::Ruleset& rules,
                     std::vector<Recording> recordings, LockstepOptions options) {
  auto state = fresh_state(scenario, rules);
  state.broken = options.broken;
  state.detail = options.detail;
  RecordedDut dut(std::move(recordings));
  Outcome outcome;
  play(scenario, dut, state, options, outcome);
  return outcome;
}

namespace {

TEST(TwoVoices, AgreeWithThemselves) {
  const auto scenario = parse(masquerade);
  const auto rules = masquerade_rules(scenario.topology);
  LockstepOptions options;
  options.keep_records = true;
  const auto outcome = play_against(scenario, rules, agreeing_kernel(scenario, rules), options);
  EXPECT_EQ(outcome.verdict, Verdict::agreed);
  ASSERT_EQ(outcome.steps.size(), 2u);
  EXPECT_EQ(outcome.steps[0].prediction.frames.size(), 1u);
  EXPECT_EQ(outcome.packets, 4u);
}

}  // namespace
}  // namespace natstep::harness::testing
