// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/events.h"

#include "harness/lockstep/convert.h"
#include "harness/lockstep/play.h"
#include "harness/lockstep/prepare.h"
#include "harness/lockstep/written_entry.h"
#include "harness/rules/rules.h"
#include "harness/scenario/scenario_lines.h"
#include "harness/scenario/topology_lines.h"
#include "model/conntrack/tuple.h"
#include "model/missing.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

netns::Change netns_change(Change change) {
  return change == Change::add ? netns::Change::add : netns::Change::del;
}
model::Change model_change(Change change) {
  return change == Change::add ? model::Change::add : model::Change::del;
}

netns::LinkState netns_link(model::LinkState state) {
  return state == model::LinkState::up ? netns::LinkState::up : netns::LinkState::down;
}

/// The tuple of a packet of the flow that the notation describes.
netns::CtTuple tuple_of(const wire::PacketText& text, const wire::Variables& variables) {
  const wire::Bytes packet =
      build_packet({.kind = PacketSource::Kind::notation, .notation = text}, variables);
  return tuple_as_written(packet).value_or(netns::CtTuple{});
}

struct ToNetns {
  const model::Topology& topology;
  const wire::Variables& variables;

  [[nodiscard]] netns::PortId port(const std::string& name) const {
    return topology.find_port(name).value_or(model::no_port);
  }

  netns::Event operator()(const RulesBlock& block) const {
    return netns::RulesText{.tool = block.tool, .text = block.text};
  }
  netns::Event operator()(const SysctlLine& sysctl) const {
    return netns::SysctlSpec{.key = sysctl.key, .value = sysctl.value};
  }
  netns::Event operator()(const AddressEvent& address) const {
    return netns::AddressChange{.change = netns_change(address.change),
                                .port = port(address.port),
                                .prefix = address.prefix};
  }
  netns::Event operator()(const LinkEvent& link) const {
    return netns::LinkChange{.port = port(link.port), .state = netns_link(link.state)};
  }
  netns::Event operator()(const RouteEvent& route) const {
    return netns::RouteChange{.change = netns_change(route.change),
                              .route = harness::to_netns(route.route)};
  }
  netns::Event operator()(const DeleteEntryEvent& entry) const {
    return netns::EntryRemoval{.tuple = tuple_of(entry.tuple, variables)};
  }
  netns::Event operator()(const FlushEntriesEvent&) const { return netns::EntriesFlush{}; }
  netns::Event operator()(const WriteEntryEvent& written) const {
    const netns::CtTuple original = tuple_of(written.entry.original, variables);
    const auto inverse = model::invert(harness::to_model(original));
    const netns::CtTuple reply = written.entry.reply ? tuple_of(*written.entry.reply, variables)
                                 : inverse           ? harness::to_netns(*inverse)
                                                     : netns::CtTuple{};
    return harness::to_netns(written, original, reply);
  }
  netns::Event operator()(const ReleaseEvent& release) const {
    using enum netns::QueueVerdict::Verdict;
    const bool passes = release.verdict == model::ReleaseVerdict::accept;
    netns::QueueVerdict verdict{.verdict = passes ? accept : drop, .queue = release.queue};
    if (release.packet) verdict.packet = build_packet(*release.packet, variables);
    return verdict;
  }
};

NotHappened inconclusive(std::string reason, SourcePos pos) {
  return {Inconclusive{.reason = std::move(reason), .pos = pos}};
}

}  // namespace

tl::expected<model::Event, NotHappened> EventRunner::run(const StimulusLine& line,
                                                         const model::State& state,
                                                         const wire::Variables& variables,
                                                         const netns::ObserveOptions& options,
                                                         netns::Observation& out) {
  const netns::Event event = std::visit(ToNetns{state.topology, variables}, *line.event);
  if (const auto error = dut_.happen(event, options, out))
    return tl::unexpected(NotHappened{refusal(line, *error)});
  return to_model(*line.event, state, event, options);
}

Diagnostic EventRunner::refusal(const StimulusLine& line, const netns::RuleError& error) const {
  SourcePos pos = line.pos;
  if (const auto* block = std::get_if<RulesBlock>(&*line.event))
    pos = {.line = block->pos.line + std::max(error.line - 1, 0), .column = 0};
  return {.path = scenario_.path,
          .pos = pos,
          .message = "refused: " + error.message,
          .hint = {},
          .source_line = {}};
}

tl::expected<model::Event, NotHappened> EventRunner::rules_now(
    const RulesBlock& block, const model::State& state, const netns::ObserveOptions& options) {
  blocks_.push_back(block);
  model::Ruleset rules = understand_rules_of(blocks_, dut_, state.topology);
  if (!rules.not_understood.empty()) {
    const auto& first = rules.not_understood.front();
    return tl::unexpected(inconclusive(model::reason(model::Missing::rule_word, first.what),
                                       {.line = first.line, .column = 0}));
  }
  keep_registrations(state.rules, rules);
  dut_.hold(queues_of(rules));
  if (options.taps) add_taps(rules);
  return model::RulesChanged{.rules = std::move(rules)};
}

tl::expected<model::Event, NotHappened> EventRunner::to_model(
    const Event& event, const model::State& state, const netns::Event& done,
    const netns::ObserveOptions& options) {
  if (const auto* block = std::get_if<RulesBlock>(&event)) return rules_now(*block, state, options);
  if (const auto* sysctl = std::get_if<SysctlLine>(&event)) {
    model::SettingsChanged changed{.settings = state.topology.settings};
    if (!model_knows_sysctl(sysctl->key)) {
      return tl::unexpected(
          inconclusive(model::reason(model::Missing::sysctl_key, sysctl->key), sysctl->pos));
    }
    static_cast<void>(apply_sysctl(changed.settings, sysctl->key, sysctl->value));
    return changed;
  }
  if (const auto* address = std::get_if<AddressEvent>(&event)) {
    return model::AddressChanged{.change = model_change(address->change),
                                 .port = std::get<netns::AddressChange>(done).port,
                                 .prefix = address->prefix};
  }
  if (const auto* link = std::get_if<LinkEvent>(&event)) {
    return model::LinkChanged{.port = std::get<netns::LinkChange>(done).port, .state = link->state};
  }
  if (const auto* route = std::get_if<RouteEvent>(&event)) {
    return model::RouteChanged{.change = model_change(route->change), .route = route->route};
  }
  if (const auto* release = std::get_if<ReleaseEvent>(&event)) {
    return model::PacketReleased{.queue = release->queue,
                                 .verdict = release->verdict,
                                 .bytes = std::get<netns::QueueVerdict>(done).packet};
  }
  if (const auto* removal = std::get_if<netns::EntryRemoval>(&done)) {
    return model::EntryDeleted{.tuple = harness::to_model(removal->tuple), .zone = removal->zone};
  }
  if (const auto* creation = std::get_if<netns::EntryCreation>(&done))
    return harness::to_model(*creation);
  if (const auto* update = std::get_if<netns::EntryUpdate>(&done))
    return harness::to_model(*update);
  return model::EntriesFlushed{};
}

}  // namespace natstep::harness
