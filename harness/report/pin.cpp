// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/pin.h"

#include "harness/lockstep/convert.h"
#include "harness/scenario/scenario_lines.h"
#include "model/conntrack/conn.h"
#include "model/wire/text.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

/// Replaces every `word` in `line` that is not part of a longer number.
bool replace_number(std::string& line, const std::string& word, const std::string& by) {
  bool replaced = false;
  for (std::size_t at = line.find(word); at != std::string::npos;
       at = line.find(word, at + by.size())) {
    const std::size_t behind = at + word.size();
    if (behind < line.size() && std::isdigit(static_cast<unsigned char>(line[behind])) != 0) {
      at = behind - by.size();
      continue;
    }
    line.replace(at, word.size(), by);
    replaced = true;
  }
  return replaced;
}

/// A value that the kernel chose, and the variable that stands for it.
struct Chosen {
  std::string variable;
  std::uint32_t value = 0;
  std::string range;      // "1024-65535", empty: any
  bool declared = false;  // its `where` was written
};

class PinWriter {
 public:
  explicit PinWriter(const Scenario& scenario) : scenario_(scenario) {}

  /// The lines that belong below a step.
  std::vector<std::string> pins(const StepRecord& record) {
    remember_choices(record);
    std::vector<std::string> lines;
    if (!record.event) lines = frame_pins(record);
    for (std::string& line : entry_pins(record))
      lines.push_back(std::move(line));
    return lines;
  }

 private:
  void remember_choices(const StepRecord& record) {
    for (const model::BoundChoice& choice : record.prediction.choices) {
      if (choice.kind == model::ChoiceKind::ip_id) continue;
      const std::size_t number = chosen_.size() + 1;
      const std::string range =
          choice.allowed.substr(0, choice.allowed.find_first_not_of("0123456789-"));
      chosen_.push_back({.variable = number == 1 ? "$p" : fmt::format("$p{}", number),
                         .value = choice.value,
                         .range = range.find('-') == std::string::npos ? std::string() : range});
    }
  }

  std::vector<std::string> frame_pins(const StepRecord& record) {
    if (record.observation.frames.empty()) return {"nothing"};
    std::vector<std::string> lines;
    for (const netns::Frame& frame : record.observation.frames) {
      std::string packet = wire::print_packet(frame.bytes);
      for (const model::BoundChoice& choice : record.prediction.choices)
        if (choice.kind == model::ChoiceKind::ip_id)
          replace_number(packet, fmt::format(" id {}", choice.value), "");
      lines.push_back(with_variables(
          fmt::format("out {} {}", port_name(scenario_.topology, frame.port), packet)));
    }
    return lines;
  }

  /// The entries that are not as they were after the step before.
  std::vector<std::string> entry_pins(const StepRecord& record) {
    std::vector<std::string> lines;
    std::map<netns::CtTuple, std::string> now;
    for (const EntryPair& pair : record.entries) {
      if (!pair.kernel) continue;
      const std::string pin = entry_pin(*pair.kernel);
      const auto before = entries_.find(pair.kernel->original);
      const bool unchanged = before != entries_.end() && before->second == pin;
      if (!unchanged && read_ct_pin(std::string_view(pin).substr(3)))
        lines.push_back(with_variables(pin));
      now[pair.kernel->original] = pin;
    }
    entries_ = std::move(now);
    return lines;
  }

  static std::string entry_pin(const netns::CtEntry& entry) {
    const std::string reply = to_string(entry.reply);
    std::string pin =
        fmt::format("ct {} reply {}", to_string(entry.original), reply.substr(reply.find(' ') + 1));
    const auto has = [&](std::uint32_t bits) { return (entry.status & bits) != 0; };
    if (has(model::status::assured)) pin += " assured";
    if (!has(model::status::seen_reply)) pin += " unreplied";
    if (has(model::status::src_nat)) pin += " src-nat";
    if (has(model::status::dst_nat)) pin += " dst-nat";
    if (const auto state = state_word(entry)) pin += " " + *state;
    return pin;
  }

  /// The values that the kernel chose become variables; the first line that shows one says what it
  /// may be.
  std::string with_variables(std::string line) {
    std::string where;
    for (Chosen& chosen : chosen_) {
      const bool used =
          replace_number(line, fmt::format(":{}", chosen.value), ":" + chosen.variable);
      if (!used || std::exchange(chosen.declared, true) || chosen.range.empty()) continue;
      where += fmt::format("{} {} in {}", where.empty() ? " where" : " and", chosen.variable,
                           chosen.range);
    }
    return line.starts_with("out") ? line + where : line;
  }

  const Scenario& scenario_;
  std::vector<Chosen> chosen_;
  std::map<netns::CtTuple, std::string> entries_;
};

/// The line behind which a step's pins stand, counted from zero.
std::size_t last_line_of(const StimulusLine& stimulus) {
  const auto* block = stimulus.event ? std::get_if<RulesBlock>(&*stimulus.event) : nullptr;
  if (block == nullptr) return static_cast<std::size_t>(stimulus.pos.line - 1);
  return static_cast<std::size_t>(block->pos.line - 1 + std::ranges::count(block->text, '\n'));
}

void freeze_packet(std::string& line, const StimulusLine& stimulus, const wire::Bytes& bytes) {
  if (stimulus.packet.kind != PacketSource::Kind::scapy || stimulus.packet.pos.column < 1) return;
  line.erase(static_cast<std::size_t>(stimulus.packet.pos.column - 1));
  line += wire::print_packet(bytes);
}

}  // namespace

std::string add_pins(std::string_view text, const Scenario& scenario, const Outcome& outcome) {
  std::vector<std::string> lines = split_lines(text);
  std::vector<std::vector<std::string>> below(lines.size());
  PinWriter writer(scenario);
  const std::size_t steps = std::min(outcome.steps.size(), scenario.steps.size());
  for (std::size_t i = 0; i < steps; ++i) {
    const ScenarioStep& step = scenario.steps[i];
    const std::size_t line = last_line_of(step.stimulus);
    std::vector<std::string> pins = writer.pins(outcome.steps[i]);
    if (step.pins.empty()) below[line] = std::move(pins);
    freeze_packet(lines[line], step.stimulus, outcome.steps[i].stimulus);
  }
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out += lines[i] + "\n";
    for (const std::string& pin : below[i])
      out += pin + "\n";
  }
  return out;
}

}  // namespace natstep::harness
