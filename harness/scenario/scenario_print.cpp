// SPDX-License-Identifier: GPL-2.0-or-later
// Scenario to text: the canonical form.
#include "harness/scenario/scenario_lines.h"
#include "harness/scenario/scenario_text.h"
#include "harness/scenario/topology_lines.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

/// The columns of the conversation: `in  lan   udp ...`.
constexpr int verb_width = 4;
constexpr int port_width = 6;

std::string print_packet_source(const PacketSource& packet) {
  switch (packet.kind) {
    case PacketSource::Kind::notation:
      return packet.notation.print();
    case PacketSource::Kind::scapy:
      return "scapy " + packet.expression;
    case PacketSource::Kind::hex:
      return print_hex(packet.bytes);
  }
  return {};
}

// ---- the box ----

std::string print_port(const model::Port& port) {
  std::vector<std::string> addresses;
  for (const wire::Prefix& address : port.addresses)
    addresses.push_back(wire::to_string(address));
  if (addresses.empty()) addresses.emplace_back("none");
  const std::string mtu = port.mtu == model::Port{}.mtu ? "" : fmt::format(" mtu {}", port.mtu);
  return fmt::format("port {} {}{}\n", port.name, fmt::join(addresses, ","), mtu);
}

/// What stands behind `route`.
std::string route_words(const model::Topology& topology, const model::Route& route) {
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
  return fmt::format("{}{} dev {}", destination, via, topology.ports.at(route.port).name);
}

std::string print_route(const model::Topology& topology, const model::Route& route) {
  return fmt::format("route {}\n", route_words(topology, route));
}

bool same_route(const model::Route& a, const model::Route& b) {
  return a.destination == b.destination && a.gateway == b.gateway && a.port == b.port &&
         a.type == b.type;
}

/// True when the last `count` routes, written as lines, make the implied routes into those of the
/// topology.
bool lines_suffice(std::vector<model::Route> implied, const std::vector<model::Route>& wanted,
                   std::size_t count) {
  model::Topology result;
  result.routes = std::move(implied);
  for (std::size_t i = wanted.size() - count; i < wanted.size(); ++i)
    set_route(result, wanted[i]);
  return std::ranges::equal(result.routes, wanted, same_route);
}

std::string print_routes(const model::Topology& start, const model::Topology& topology) {
  const auto implied = implied_routes(start, topology);
  std::size_t count = 0;
  while (count < topology.routes.size() && !lines_suffice(implied, topology.routes, count))
    ++count;
  std::string out = lines_suffice(implied, topology.routes, count) ? "" : "route none\n";
  for (std::size_t i = topology.routes.size() - count; i < topology.routes.size(); ++i)
    out += print_route(topology, topology.routes[i]);
  return out;
}

bool same_port(const model::Port& a, const model::Port& b) {
  return a.addresses == b.addresses && a.mtu == b.mtu;
}

std::string print_topology(const Scenario& scenario) {
  std::string out = print_comment(scenario.topology_comment) +
                    fmt::format("topology {}\n", scenario.topology_name);
  const auto start = default_topology(scenario.topology_name).value_or(model::Topology{});
  for (const model::Port& port : scenario.topology.ports) {
    const auto known = start.find_port(port.name);
    if (!known || !same_port(start.ports[*known], port)) out += print_port(port);
  }
  return out + print_routes(start, scenario.topology);
}

std::string_view tool_directive(netns::RuleTool tool) {
  switch (tool) {
    case netns::RuleTool::nft:
      return "nft";
    case netns::RuleTool::iptables_legacy:
      return "iptables";
    case netns::RuleTool::iptables_nft:
      return "iptables-nft";
  }
  return {};
}

std::string print_sysctls(const Scenario& scenario) {
  std::string out;
  for (const SysctlLine& line : scenario.sysctls) {
    out += print_comment(line.comment) + fmt::format("sysctl {} = {}\n", line.key, line.value);
  }
  return out.empty() ? out : "\n" + out;
}

std::string print_block(const RulesBlock& block) {
  return fmt::format("{} {{{}}}\n", tool_directive(block.tool), block.text);
}

std::string print_rules(const RulesBlock& block) {
  return "\n" + print_comment(block.comment) + print_block(block);
}

// ---- the conversation ----

std::string print_line(std::string_view verb, std::string_view port, std::string_view rest) {
  return fmt::format("{:<{}}{:<{}}{}{}\n", verb, verb_width, port, port_width,
                     port.size() < port_width ? "" : " ", rest);
}

std::string_view change_word(Change change) {
  return change == Change::add ? "add" : "del";
}

/// The tuples and the words behind `ct`.
std::string print_entry(const CtPin& entry) {
  std::string text = entry.original.print();
  if (entry.reply) text += "  reply " + print_reply(*entry.reply);
  if (!entry.words.empty()) text += fmt::format("  {}", fmt::join(entry.words, " "));
  return text;
}

std::string print_mapping(const WrittenMapping& mapping) {
  return mapping.port ? wire::to_string(mapping.address, *mapping.port)
                      : wire::to_string(mapping.address);
}

struct EventPrinter {
  const model::Topology& topology;

  std::string operator()(const RulesBlock& block) const { return print_block(block); }
  std::string operator()(const SysctlLine& sysctl) const {
    return fmt::format("sysctl {} = {}\n", sysctl.key, sysctl.value);
  }
  std::string operator()(const AddressEvent& address) const {
    return fmt::format("address {} {} {}\n", change_word(address.change), address.port,
                       wire::to_string(address.prefix));
  }
  std::string operator()(const LinkEvent& link) const {
    return fmt::format("link {} {}\n", link.port,
                       link.state == model::LinkState::up ? "up" : "down");
  }
  std::string operator()(const RouteEvent& route) const {
    return fmt::format("route {} {}\n", change_word(route.change),
                       route_words(topology, route.route));
  }
  std::string operator()(const DeleteEntryEvent& entry) const {
    return fmt::format("ct delete {}\n", entry.tuple.print());
  }
  std::string operator()(const FlushEntriesEvent&) const { return "ct flush\n"; }
  std::string operator()(const WriteEntryEvent& written) const {
    const bool creates = written.kind == WriteEntryEvent::Kind::create;
    std::string line =
        fmt::format("ct {} {}", creates ? "create" : "update", print_entry(written.entry));
    if (written.source) line += "  snat " + print_mapping(*written.source);
    if (written.destination) line += "  dnat " + print_mapping(*written.destination);
    return line + "\n";
  }
  std::string operator()(const ReleaseEvent& release) const {
    const bool accept = release.verdict == model::ReleaseVerdict::accept;
    const std::string packet =
        release.packet ? " as " + print_packet_source(*release.packet) : std::string();
    return fmt::format("release {} {}{}\n", release.queue, accept ? "accept" : "drop", packet);
  }
};

std::string print_stimulus(const model::Topology& topology, const StimulusLine& line) {
  const std::string wait = line.wait == 0 ? "" : fmt::format("wait {}\n", line.wait);
  if (line.event) return wait + print_event(*line.event, topology);
  const std::string packet = print_packet_source(line.packet);
  if (line.kind == StimulusLine::Kind::send) return fmt::format("{}send {}\n", wait, packet);
  const std::string segments =
      line.segment == 0 ? "" : fmt::format("segments of {} ", line.segment);
  return wait + print_line("in", line.port, (line.offload ? "offload " : "") + segments + packet);
}

struct PinPrinter {
  std::string operator()(const OutPin& pin) const {
    std::string packet = print_packet_source(pin.packet);
    for (std::size_t i = 0; i < pin.where.size(); ++i)
      packet += (i == 0 ? "   where " : " and ") + to_string(pin.where[i]);
    return print_line("out", pin.port, packet);
  }
  std::string operator()(const NothingPin&) const { return "nothing\n"; }
  std::string operator()(const CtPin& pin) const {
    return (pin.absent ? "no ct " : "ct  ") + print_entry(pin) + "\n";
  }
  std::string operator()(const ExpectPin& pin) const {
    std::string line = (pin.absent ? "no expect " : "expect ") + print_expected(pin.tuple);
    if (!pin.words.empty()) line += fmt::format("  {}", fmt::join(pin.words, " "));
    return line + "\n";
  }
};

std::string print_pin(const Pin& pin, std::string_view lead) {
  return std::visit([](const auto& any) { return print_comment(any.comment); }, pin) +
         std::string(lead) + std::visit(PinPrinter{}, pin);
}

std::string print_step(const model::Topology& topology, const ScenarioStep& step) {
  std::string out = "\n" + print_comment(step.comment) + print_stimulus(topology, step.stimulus);
  for (const Pin& pin : step.pins)
    out += print_pin(pin, "");
  for (const Pin& pin : step.shoulds)
    out += print_pin(pin, "should ");
  return out;
}

}  // namespace

std::string print_event(const Event& event, const model::Topology& topology) {
  return std::visit(EventPrinter{topology}, event);
}

std::string print_scenario(const Scenario& scenario) {
  std::string out = print_comment(scenario.reason);
  if (!scenario.reason.empty() && !scenario.topology_comment.empty()) out += '\n';
  out += print_topology(scenario) + print_sysctls(scenario);
  if (!scenario.pins_need.empty())
    out += fmt::format("pins need {}\n", fmt::join(scenario.pins_need, " "));
  for (const RulesBlock& block : scenario.rules)
    out += print_rules(block);
  for (const ScenarioStep& step : scenario.steps)
    out += print_step(scenario.topology, step);
  if (!scenario.closing_comment.empty()) out += "\n" + print_comment(scenario.closing_comment);
  return out;
}

}  // namespace natstep::harness
