// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/steps.h"

#include "harness/finding/entry_message.h"
#include "harness/finding/python_literal.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/play.h"
#include "harness/scenario/scenario_text.h"
#include "netns/rules_iptables.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using nlohmann::ordered_json;

// ---- steps

ordered_json rules_step(const RulesBlock& block) {
  const auto tools = rules_for_tools(block);
  if (tools.empty()) return {{"rules", {"nft", ""}}};
  return {{"rules", {tools.front().first, tools.front().second}}};
}

/// What the event does, in the words of base.py.
struct EventWords {
  const model::Topology& topology;
  const StepRecord& record;

  ordered_json operator()(const RulesBlock& block) const { return rules_step(block); }
  ordered_json operator()(const SysctlLine& line) const {
    return {{"sysctl", {line.key, line.value}}};
  }
  ordered_json operator()(const AddressEvent& event) const {
    const bool add = event.change == Change::add;
    const bool ipv6 = event.prefix.address.family == wire::AddressFamily::ipv6;
    return {{"ip",
             fmt::format("addr {} {} dev {}{}", add ? "add" : "del", wire::to_string(event.prefix),
                         event.port, add && ipv6 ? " nodad" : "")}};
  }
  ordered_json operator()(const LinkEvent& event) const {
    return {{"ip", fmt::format("link set {} {}", event.port,
                               event.state == model::LinkState::up ? "up" : "down")}};
  }
  ordered_json operator()(const RouteEvent& event) const {
    return {{"ip", fmt::format("route {} {}", event.change == Change::add ? "add" : "del",
                               route_for_ip(topology, event.route))}};
  }
  ordered_json operator()(const DeleteEntryEvent&) const {
    return {{"ct", entry_message(*record.event, record)}};
  }
  ordered_json operator()(const FlushEntriesEvent&) const {
    return {{"ct", entry_message(*record.event, record)}};
  }
  ordered_json operator()(const WriteEntryEvent&) const {
    return {{"ct", entry_message(*record.event, record)}};
  }
  ordered_json operator()(const ReleaseEvent&) const {
    const auto& event = std::get<model::PacketReleased>(*record.event);
    const bool accept = event.verdict == model::ReleaseVerdict::accept;
    return {{"release", {event.queue, accept, event.bytes ? hex(*event.bytes) : std::string()}}};
  }
};

/// struct virtio_net_hdr, field by field.
ordered_json offload_header(const StepRecord& record) {
  constexpr int needs_checksum = 1;
  const auto partial = partial_checksum(record.stimulus);
  if (!partial) return {0, 0, 0, 0, 0, 0};
  const auto segments = segmentation(record.stimulus, record.segment);
  if (!segments) return {needs_checksum, 0, 0, 0, partial->start, partial->offset};
  return {needs_checksum,    static_cast<int>(segments->kind),
          segments->headers, segments->payload,
          partial->start,    partial->offset};
}

ordered_json packet_step(const Scenario& scenario, const StepRecord& record) {
  ordered_json step;
  if (record.kind == model::Stimulus::Kind::send)
    step["send"] = true;
  else
    step["in"] = port_name(scenario.topology, record.port);
  if (record.offload) step["offload"] = offload_header(record);
  step["text"] = stimulus_line(scenario.topology, record.port, record.stimulus);
  step["bytes"] = hex(record.stimulus);
  return step;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

ordered_json steps_for_python(const Scenario& scenario, const Outcome& outcome, std::size_t last,
                              const ChosenValues& chosen) {
  auto steps = ordered_json::array();
  for (std::size_t i = 0; i <= last && i < scenario.steps.size(); ++i) {
    const StimulusLine& line = scenario.steps[i].stimulus;
    const StepRecord& record = outcome.steps.at(i);
    ordered_json step;
    if (line.event) {
      step = std::visit(EventWords{scenario.topology, record}, *line.event);
      step["text"] = first_line(print_event(*line.event, scenario.topology));
    } else {
      step = packet_step(scenario, record);
      if (auto follows = chosen.places_in(record.stimulus); !follows.empty())
        step["follows"] = std::move(follows);
    }
    if (line.wait != 0) step["wait"] = line.wait;
    steps.push_back(std::move(step));
  }
  return steps;
}

ordered_json queues_in(const ordered_json& steps) {
  auto queues = ordered_json::array();
  for (const auto& step : steps) {
    if (!step.contains("release")) continue;
    const auto& queue = step["release"][0];
    if (std::ranges::find(queues, queue) == queues.end()) queues.push_back(queue);
  }
  return queues;
}

std::string route_for_ip(const model::Topology& topology, const model::Route& route) {
  const std::string destination = wire::to_string(route.destination);
  switch (route.type) {
    case model::RouteType::unreachable:
      return "unreachable " + destination;
    case model::RouteType::prohibit:
      return "prohibit " + destination;
    case model::RouteType::blackhole:
      return "blackhole " + destination;
    case model::RouteType::unicast:
      break;
  }
  const std::string via = route.gateway ? " via " + wire::to_string(*route.gateway) : "";
  return fmt::format("{}{} dev {}", destination, via, port_name(topology, route.port));
}

std::vector<std::pair<std::string, std::string>> rules_for_tools(const RulesBlock& block) {
  if (block.tool == netns::RuleTool::nft) return {{"nft", block.text}};
  const std::string kind = block.tool == netns::RuleTool::iptables_legacy ? "legacy" : "nft";
  std::vector<std::pair<std::string, std::string>> tools;
  using enum netns::IptablesFamily;
  for (const auto& [family, program] :
       {std::pair(ipv4, "iptables"), std::pair(ipv6, "ip6tables")}) {
    const auto input = netns::to_restore_input(block.text, family);
    if (!input.text.empty())
      tools.emplace_back(fmt::format("{}-{}-restore", program, kind), input.text);
  }
  return tools;
}

}  // namespace natstep::harness
