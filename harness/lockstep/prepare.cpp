// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/prepare.h"

#include "harness/lockstep/convert.h"
#include "harness/rules/rules.h"
#include "harness/scenario/topology_lines.h"
#include "model/missing.h"
#include "netns/clock.h"
#include "netns/sysctl.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <variant>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using enum netns::HookNumber;

// Few, because each costs a message a packet; each stands right behind one function of the kernel,
// or before the first.
constexpr std::array<netns::TapPlace, 14> places{{
    {pre_routing, -450},  // as it came
    {pre_routing, -201},  // behind defrag and raw
    {pre_routing, -199},  // behind conntrack
    {pre_routing, -99},   // behind DNAT
    {local_in, 99},       // behind filter and security
    {local_in, 101},      // behind NAT
    {forward, -199},      // behind routing
    {forward, 51},        // behind filter and security
    {local_out, -450},    // as the box made it
    {local_out, -199},    // behind conntrack
    {local_out, -99},     // behind DNAT
    {local_out, 51},      // behind filter and security
    {post_routing, 99},   // behind routing
    {post_routing, 101},  // behind SNAT
}};

Diagnostic diagnose(const Scenario& scenario, SourcePos pos, std::string message) {
  return {.path = scenario.path,
          .pos = pos,
          .message = std::move(message),
          .hint = {},
          .source_line = {}};
}

std::string_view tool_name(netns::RuleTool tool) {
  switch (tool) {
    case netns::RuleTool::nft:
      return "nft";
    case netns::RuleTool::iptables_legacy:
      return "iptables-legacy";
    case netns::RuleTool::iptables_nft:
      return "iptables-nft";
  }
  return "nft";
}

bool configure(const Scenario& scenario, netns::KernelDut& dut, Outcome& outcome) {
  std::vector<netns::SysctlSpec> sysctls;
  sysctls.reserve(scenario.sysctls.size());
  for (const auto& line : scenario.sysctls)
    sysctls.push_back({.key = line.key, .value = line.value});
  auto topology = to_netns(scenario.topology);
  topology.offload = std::ranges::any_of(
      scenario.steps, [](const ScenarioStep& step) { return step.stimulus.offload; });
  const auto refused = dut.configure(topology, sysctls);
  if (!refused) return true;
  const auto& line = scenario.sysctls.at(refused->index);
  if (model_knows_sysctl(line.key) && !netns::read_sysctl(line.key)) {
    outcome.verdict = Verdict::skipped;
    outcome.reason = fmt::format("this kernel has no {}", line.key);
    outcome.reason_pos = line.pos;
    return false;
  }
  outcome.diagnostic =
      diagnose(scenario, line.pos, fmt::format("`{}`: {}", line.key, refused->message));
  return false;
}

/// A scenario that waits for longer is played where waiting takes no time, or not at all.
constexpr std::uint64_t patience = 5;  // seconds

bool is_worth_the_wait(const Scenario& scenario, Outcome& outcome) {
  std::uint64_t seconds = 0;
  for (const ScenarioStep& step : scenario.steps)
    seconds += step.stimulus.wait;
  if (seconds <= patience || netns::time_is_virtual()) return true;
  outcome.verdict = Verdict::skipped;
  outcome.reason =
      "waiting for so long takes a kernel with virtual time: natstep kernels build --virtual-time";
  return false;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

bool load_rules(const Scenario& scenario, netns::KernelDut& dut, Outcome& outcome) {
  for (const auto& block : scenario.rules) {
    const auto error = dut.load_rules(block.tool, block.text);
    if (!error) continue;
    const SourcePos pos{.line = block.pos.line + std::max(error->line - 1, 0), .column = 0};
    if (error->fault == netns::RuleError::Fault::kernel) {
      outcome.verdict = Verdict::skipped;
      outcome.reason =
          fmt::format("{} says: {}", tool_name(block.tool), first_line(error->message));
      outcome.reason_pos = pos;
      return false;
    }
    outcome.diagnostic =
        diagnose(scenario, pos, fmt::format("{} says: {}", tool_name(block.tool), error->message));
    return false;
  }
  return true;
}

/// A sysctl that the kernel has and the model does not know may change anything.
bool sysctls_understood(const Scenario& scenario, Outcome& outcome) {
  for (const auto& line : scenario.sysctls) {
    if (model_knows_sysctl(line.key)) continue;
    outcome.verdict = Verdict::inconclusive;
    outcome.reason = model::reason(model::Missing::sysctl_key, line.key);
    outcome.reason_pos = line.pos;
    return false;
  }
  return true;
}

bool understood(const model::Ruleset& rules, Outcome& outcome) {
  if (rules.not_understood.empty()) return true;
  const auto& first = rules.not_understood.front();
  outcome.verdict = Verdict::inconclusive;
  outcome.reason = model::reason(model::Missing::rule_word, first.what);
  outcome.reason_pos = {.line = first.line, .column = 0};
  return false;
}

}  // namespace

model::Ruleset understand_rules_of(std::span<const RulesBlock> blocks, netns::Dut& dut,
                                   const model::Topology& topology) {
  const bool nft = std::ranges::count(blocks, netns::RuleTool::nft, &RulesBlock::tool) != 0;
  return understand_rules(blocks, nft ? dut.list_rules_json() : std::string(), topology);
}

std::span<const netns::TapPlace> tap_places() {
  return places;
}

void add_taps(model::Ruleset& rules) {
  model::Table table{.family = model::RuleFamily::inet, .name = "natstep_taps", .chains = {}};
  std::uint32_t registered = std::numeric_limits<std::uint32_t>::max() - places.size();
  for (const auto& place : places) {
    model::Rule rule;
    rule.statements.emplace_back(model::TapStatement{});
    model::Chain chain;
    chain.name = fmt::format("tap_{}", registered);
    chain.rules.push_back(std::move(rule));
    chain.base = true;
    chain.hook = to_model(place.hook);
    chain.priority = place.priority;
    chain.registered = registered++;
    table.chains.push_back(std::move(chain));
  }
  rules.tables.push_back(std::move(table));
}

bool configure_kernel(const Scenario& scenario, netns::KernelDut& dut, Outcome& outcome) {
  return is_worth_the_wait(scenario, outcome) && configure(scenario, dut, outcome) &&
         load_rules(scenario, dut, outcome);
}

std::vector<std::uint16_t> queues_of(const model::Ruleset& rules) {
  std::set<std::uint16_t> queues;
  const auto note = [&queues](const model::Statement& statement) {
    const auto* verdict = std::get_if<model::VerdictStatement>(&statement);
    if (verdict != nullptr && verdict->kind == model::VerdictStatement::Kind::queue)
      queues.insert(verdict->queue);
  };
  for (const auto& table : rules.tables) {
    for (const auto& chain : table.chains) {
      for (const auto& rule : chain.rules)
        std::ranges::for_each(rule.statements, note);
    }
  }
  return {queues.begin(), queues.end()};
}

bool prepare(const Scenario& scenario, const LockstepOptions& options, netns::KernelDut& dut,
             model::State& state, Outcome& outcome) {
  if (!configure_kernel(scenario, dut, outcome)) return false;
  state.profile = options.profile;
  state.topology = scenario.topology;
  state.broken = options.broken;
  state.detail = options.detail;
  state.rules = understand_rules_of(scenario.rules, dut, scenario.topology);
  if (state.rules.counts_flows) state.topology.settings.conntrack_acct = true;
  if (!sysctls_understood(scenario, outcome) || !understood(state.rules, outcome)) return false;
  dut.hold(queues_of(state.rules));
  if (options.taps) {
    dut.install_taps(places);
    add_taps(state.rules);
  }
  return true;
}

model::State beginning_of(const model::State& state) {
  model::State beginning;
  beginning.profile = state.profile;
  beginning.topology = state.topology;
  beginning.rules = state.rules;
  beginning.broken = state.broken;
  return beginning;
}

}  // namespace natstep::harness
