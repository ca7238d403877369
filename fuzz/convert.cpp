// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/convert.h"

#include "fuzz/executor.h"
#include "fuzz/packet_parts.h"
#include "harness/scenario/scenario_lines.h"
#include "harness/scenario/scenario_text.h"
#include "model/wire/tcp.h"
#include "model/wire/text.h"
#include "netns/machine_setting.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

using harness::PacketSource;
using harness::Scenario;
using harness::ScenarioStep;
using harness::StimulusLine;

// ---- an execution as a scenario

struct NamedPort {
  std::uint32_t value = 0;
  std::string name;  // with '$'
};

/// Replaces the number where it stands as a port or an ICMP id.
std::string with_name(std::string text, const NamedPort& named) {
  for (const std::string_view before : {":", " id "}) {
    const std::string number = fmt::format("{}{}", before, named.value);
    for (std::size_t at = text.find(number); at != std::string::npos;
         at = text.find(number, at + 1)) {
      const std::size_t end = at + number.size();
      if (end < text.size() && text[end] >= '0' && text[end] <= '9') continue;
      text.replace(at, number.size(), fmt::format("{}{}", before, named.name));
    }
  }
  return text;
}

PacketSource source_of(const std::string& text, wire::ByteView bytes) {
  auto read = harness::read_packet(text);
  if (read) return std::move(read.value());
  return {.kind = PacketSource::Kind::hex, .bytes = wire::Bytes(bytes.begin(), bytes.end())};
}

/// Endpoints, and the id of ICMP: what a pin needs to name a port.
std::string endpoints(const std::string& text) {
  std::size_t end = 0;
  for (int word = 0; word < 4 && end != std::string::npos; ++word)
    end = text.find(' ', end == 0 ? 0 : end + 1);
  const std::size_t id = text.find(" id $");
  if (id != std::string::npos) end = text.find(' ', id + 4);
  return text.substr(0, end);
}

std::optional<harness::OutPin> naming_pin(const Trace& trace, const NamedPort& named,
                                          const model::Topology& topology) {
  for (const netns::Frame& frame : trace.observation.frames) {
    const std::string text = endpoints(with_name(wire::print_packet(frame.bytes), named));
    if (text.find(named.name) == std::string::npos || frame.port >= topology.ports.size()) continue;
    auto read = harness::read_packet(text);
    if (read)
      return harness::OutPin{.port = topology.ports[frame.port].name,
                             .packet = std::move(read.value())};
  }
  return std::nullopt;
}

std::string with_names(std::string text, std::span<const NamedPort> names) {
  for (const NamedPort& named : names)
    text = with_name(std::move(text), named);
  return text;
}

wire::PacketText tuple_with_names(const wire::PacketText& tuple, std::span<const NamedPort> names) {
  auto read = harness::read_ct_pin(with_names(tuple.print(), names));
  return read ? std::move(read.value().original) : tuple;
}

/// The event with a name for each port that was chosen.
harness::Event event_with_names(harness::Event event, std::span<const NamedPort> names) {
  if (auto* removed = std::get_if<harness::DeleteEntryEvent>(&event))
    removed->tuple = tuple_with_names(removed->tuple, names);
  if (auto* written = std::get_if<harness::WriteEntryEvent>(&event))
    written->entry.original = tuple_with_names(written->entry.original, names);
  if (auto* released = std::get_if<harness::ReleaseEvent>(&event); released && released->packet) {
    const wire::Bytes bytes = released->packet->bytes;
    released->packet = source_of(with_names(wire::print_packet(bytes), names), bytes);
  }
  return event;
}

ScenarioStep step_of(const Trace& trace, std::span<const NamedPort> names,
                     const model::Topology& topology) {
  ScenarioStep step;
  if (trace.stimulus.event) {
    step.stimulus.kind = StimulusLine::Kind::event;
    step.stimulus.event = event_with_names(*trace.stimulus.event, names);
    return step;
  }
  step.stimulus.offload = trace.stimulus.offload;
  step.stimulus.segment = trace.stimulus.segment;
  const model::PortId port = trace.stimulus.port;
  if (port < topology.ports.size()) {
    step.stimulus.port = topology.ports[port].name;
  } else {
    step.stimulus.kind = StimulusLine::Kind::send;
  }
  step.stimulus.packet =
      source_of(with_names(wire::print_packet(trace.stimulus.bytes), names), trace.stimulus.bytes);
  return step;
}

// ---- a scenario as a program

/// The index of the flags that the text names; those of an acknowledgement when it names none.
std::uint8_t index_of_flags(std::string_view text) {
  constexpr std::uint8_t response = 1, acknowledgement = 2;
  if (text.find(" RESPONSE") != std::string_view::npos) return response;  // of DCCP
  std::uint8_t flags = 0;
  if (text.find(" SYN,ACK") != std::string_view::npos) flags = wire::tcp::syn | wire::tcp::ack_flag;
  if (text.find(" RST") != std::string_view::npos) flags = wire::tcp::rst;
  if (text.find(" FIN,ACK") != std::string_view::npos) flags = wire::tcp::fin | wire::tcp::ack_flag;
  for (std::uint8_t i = 0; flags != 0 && i < packet_part_counts().tcp_flags; ++i) {
    if (tcp_flags(i) == flags) return i;
  }
  return acknowledgement;
}

/// The step whose pin gives the variable its value.
std::optional<std::size_t> step_naming(std::span<const ScenarioStep> steps,
                                       std::string_view variable) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const auto& pin : steps[i].pins) {
      const auto* out = std::get_if<harness::OutPin>(&pin);
      if (out == nullptr) continue;
      const auto names = out->packet.notation.variables();
      if (std::ranges::find(names, variable) != names.end()) return i;
    }
  }
  return std::nullopt;
}

/// A packet with a port that the kernel chose answers what left with it.
std::optional<Op> op_with_variable(const wire::PacketText& packet,
                                   std::span<const ScenarioStep> earlier) {
  const auto subject = step_naming(earlier, packet.variables().front());
  if (!subject) return std::nullopt;
  const std::string text = packet.print();
  const bool error = text.find('[') != std::string::npos;
  return Op{.source = error ? Source::error : Source::reply,
            .subject = static_cast<std::uint8_t>(*subject),
            .frame = 1,
            .kind = error ? std::uint8_t{0} : index_of_flags(text),
            .content = text.find('"') == std::string::npos ? std::uint8_t{0} : std::uint8_t{1}};
}

std::uint8_t where_of(const StimulusLine& line, const model::Topology& topology) {
  const std::size_t box = topology.ports.size();
  if (line.kind == StimulusLine::Kind::send) return static_cast<std::uint8_t>(box + 1);
  return static_cast<std::uint8_t>(topology.find_port(line.port).value_or(0) + 1);
}

std::optional<Op> op_of(const Scenario& scenario, std::size_t index) {
  const StimulusLine& line = scenario.steps[index].stimulus;
  const bool plain = line.kind != StimulusLine::Kind::event && !line.offload && line.wait == 0 &&
                     line.packet.kind != PacketSource::Kind::scapy;
  if (!plain) return std::nullopt;
  Op op{.source = Source::literal, .where = where_of(line, scenario.topology)};
  if (line.packet.kind == PacketSource::Kind::hex) {
    op.literal = line.packet.bytes;
  } else if (line.packet.notation.variables().empty()) {
    auto built = line.packet.notation.build({});
    if (!built) return std::nullopt;
    op.literal = std::move(built.value());
  } else {
    auto other = op_with_variable(line.packet.notation, std::span(scenario.steps).first(index));
    if (!other) return std::nullopt;
    other->where = op.where;
    op = *std::move(other);
  }
  return op.literal.size() <= most_literal_bytes ? std::optional(std::move(op)) : std::nullopt;
}

}  // namespace

Scenario scenario_of(const Scenario& base, std::span<const Trace> traces, Naming naming) {
  Scenario scenario = base;
  std::vector<NamedPort> names;
  for (const Trace& trace : traces) {
    ScenarioStep step = step_of(trace, names, base.topology);
    for (const auto& choice : trace.prediction.choices) {
      const bool port = choice.kind == model::ChoiceKind::source_id ||
                        choice.kind == model::ChoiceKind::destination_id;
      if (!port || (naming == Naming::uncommon && is_common_port(choice.value))) continue;
      const NamedPort named{.value = choice.value, .name = fmt::format("$p{}", names.size() + 1)};
      auto pin = naming_pin(trace, named, base.topology);
      if (!pin) continue;
      step.pins.emplace_back(*std::move(pin));
      names.push_back(named);
    }
    scenario.steps.push_back(std::move(step));
  }
  return scenario;
}

std::optional<Program> program_of(const Scenario& scenario) {
  if (scenario.steps.empty() || scenario.steps.size() > most_ops) return std::nullopt;
  // A campaign has many boxes on one machine.
  const auto machine_wide = [](const harness::SysctlLine& line) {
    return netns::is_of_the_machine(line.key);
  };
  if (std::ranges::any_of(scenario.sysctls, machine_wide)) return std::nullopt;
  Program program;
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    auto op = op_of(scenario, i);
    if (!op) return std::nullopt;
    program.ops.push_back(*std::move(op));
  }
  Scenario box = scenario;
  box.steps.clear();
  box.reason.clear();
  box.closing_comment.clear();
  box.pins_need.clear();
  program.box.text = harness::print_scenario(box);
  return program.box.text.size() <= most_box_text ? std::optional(std::move(program))
                                                  : std::nullopt;
}

}  // namespace natstep::fuzz
