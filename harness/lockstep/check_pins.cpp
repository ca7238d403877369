// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/ct_pin.h"
#include "harness/lockstep/expect_pin.h"
#include "harness/lockstep/expectations.h"
#include "harness/lockstep/field_diff.h"
#include "harness/lockstep/play.h"
#include "model/wire/text.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

bool holds(const wire::Condition& condition, std::uint32_t value) {
  switch (condition.kind) {
    case wire::Condition::Kind::in_range:
      return value >= condition.low && value <= condition.high;
    case wire::Condition::Kind::equal:
      return value == condition.low;
    case wire::Condition::Kind::not_equal:
      return value != condition.low;
    case wire::Condition::Kind::even:
      return value % 2 == 0;
    case wire::Condition::Kind::odd:
      return value % 2 == 1;
  }
  return false;
}

/// Holds a packet pin against one packet; the first mismatch, or nothing.
std::optional<std::string> packet_mismatch(const PacketSource& source, wire::ByteView packet,
                                           wire::Variables& variables) {
  if (source.kind == PacketSource::Kind::notation) {
    const auto mismatches = source.notation.mismatches(packet, variables);
    return mismatches.empty() ? std::nullopt : std::optional(mismatches.front());
  }
  if (std::ranges::equal(source.bytes, packet)) return std::nullopt;
  const auto rows = differing_fields(source.bytes, packet);
  return fmt::format("{}: the script says {}, the packet has {}", rows.front().name,
                     rows.front().model, rows.front().kernel);
}

std::optional<std::string> broken_condition(const std::vector<wire::Condition>& conditions,
                                            const wire::Variables& variables) {
  for (const auto& condition : conditions) {
    const auto bound = variables.find(condition.variable);
    if (bound == variables.end()) return fmt::format("${} was never bound", condition.variable);
    if (!holds(condition, bound->second)) {
      return fmt::format("where {}: ${} is {}", to_string(condition), condition.variable,
                         bound->second);
    }
  }
  return std::nullopt;
}

/// The pins of one step, held against one side.
class Judge {
 public:
  Judge(const StepView& view, const ShownBySide& side, wire::Variables& variables)
      : view_(view), side_(side), variables_(variables) {}

  std::optional<std::string> operator()(const OutPin& pin) {
    const auto* frame = next_frame(pin.port);
    if (!frame) return fmt::format("no frame left on {}", pin.port);
    if (auto mismatch = packet_mismatch(pin.packet, frame->bytes, variables_)) return mismatch;
    return broken_condition(pin.where, variables_);
  }

  std::optional<std::string> operator()(const NothingPin&) const {
    const auto& frames = side_.frames;
    if (frames.empty()) return std::nullopt;
    return fmt::format("left on {}: {}", port_name(view_.state.topology, frames.front().port),
                       wire::print_packet(frames.front().bytes));
  }

  std::optional<std::string> operator()(const CtPin& pin) const {
    return ct_mismatch(pin, side_.entries, side_.elapsed_seconds, variables_);
  }

  std::optional<std::string> operator()(const ExpectPin& pin) const {
    return expect_mismatch(pin, side_.expectations, side_.elapsed_seconds, variables_);
  }

 private:
  /// Pins of one port meet that port's frames in order.
  const netns::Frame* next_frame(const std::string& port) {
    const auto wanted = view_.state.topology.find_port(port);
    std::size_t skip = used_[port]++;
    for (const auto& frame : side_.frames) {
      if (frame.port != wanted.value_or(model::no_port)) continue;
      if (skip-- == 0) return &frame;
    }
    return nullptr;
  }

  const StepView& view_;
  const ShownBySide side_;
  wire::Variables& variables_;
  std::map<std::string, std::size_t, std::less<>> used_;
};

std::vector<netns::CtEntry> entries_of(const std::vector<EntryPair>& pairs,
                                       std::optional<netns::CtEntry> EntryPair::*side) {
  std::vector<netns::CtEntry> entries;
  for (const auto& pair : pairs) {
    if (pair.*side) entries.push_back(*(pair.*side));
  }
  return entries;
}

std::string verdict_of(const std::vector<PinViolation>& violations, std::size_t pin) {
  const auto found = std::ranges::find(violations, pin, &PinViolation::pin);
  return found == violations.end() ? "as pinned" : found->what;
}

SourcePos position(const Pin& pin) {
  return std::visit([](const auto& p) { return p.pos; }, pin);
}

/// " where $p in 1024-65535 and $p != 4000", or nothing.
std::string text_of(const std::vector<wire::Condition>& conditions) {
  std::string text;
  for (const auto& condition : conditions)
    text += (text.empty() ? " where " : " and ") + to_string(condition);
  return text;
}

std::string text_of(const Pin& pin) {
  struct Printer {
    std::string operator()(const OutPin& p) const {
      const auto packet = p.packet.kind == PacketSource::Kind::notation
                              ? p.packet.notation.print()
                              : wire::print_packet(p.packet.bytes);
      return fmt::format("out {} {}{}", p.port, packet, text_of(p.where));
    }
    std::string operator()(const NothingPin&) const { return "nothing"; }
    std::string operator()(const CtPin& p) const { return print_ct_pin(p); }
    std::string operator()(const ExpectPin& p) const { return print_expect_pin(p); }
  };
  return std::visit(Printer{}, pin);
}

/// Holds the pins against one side; variables that they mention for the first time are bound.
std::vector<PinViolation> violations(const std::vector<Pin>& pins, Judge judge) {
  std::vector<PinViolation> found;
  for (std::size_t i = 0; i < pins.size(); ++i) {
    auto mismatch = std::visit(judge, pins[i]);
    if (mismatch) found.push_back({.pin = i, .what = std::move(*mismatch)});
  }
  return found;
}

}  // namespace

void check_pins(const StepView& view, wire::Variables& variables, Findings& findings) {
  if (view.line.pins.empty()) return;
  auto for_model = variables;
  const auto model_frames = frames_of(view.prediction);
  const auto model_entries = entries_of(view.entries, &EntryPair::model),
             kernel_entries = entries_of(view.entries, &EntryPair::kernel);
  const auto model_expectations = expectations_of(view.state, view.at);
  const auto model = violations(
      view.line.pins,
      Judge(view,
            {.frames = model_frames, .entries = model_entries, .expectations = model_expectations},
            for_model));
  const auto kernel =
      violations(view.line.pins, Judge(view,
                                       {.frames = view.observation.frames,
                                        .entries = kernel_entries,
                                        .expectations = view.observation.expectations,
                                        .elapsed_seconds = view.elapsed_seconds},
                                       variables));
  for (std::size_t i = 0; i < view.line.pins.size(); ++i) {
    const auto by_model = verdict_of(model, i);
    const auto by_kernel = verdict_of(kernel, i);
    if (by_model == by_kernel && by_model == "as pinned") continue;
    findings.push_back({.aspect = Aspect::pins,
                        .subject = fmt::format("pin in line {}", position(view.line.pins[i]).line),
                        .sent = {},
                        .model = by_model,
                        .kernel = by_kernel,
                        .script = text_of(view.line.pins[i]),
                        .pos = position(view.line.pins[i])});
  }
}

std::vector<Shortfall> check_shoulds(const StepView& view, const wire::Variables& variables) {
  std::vector<Shortfall> found;
  if (view.line.shoulds.empty()) return found;
  auto scratch = variables;
  const auto entries = entries_of(view.entries, &EntryPair::kernel);
  const Judge kernel(view,
                     {.frames = view.observation.frames,
                      .entries = entries,
                      .expectations = view.observation.expectations,
                      .elapsed_seconds = view.elapsed_seconds},
                     scratch);
  const auto seen = frame_lines(view.state.topology, view.observation.frames);
  const auto bytes = frame_bytes(view.observation.frames);
  for (auto& violation : violations(view.line.shoulds, kernel)) {
    const Pin& asked = view.line.shoulds[violation.pin];
    found.push_back({.pos = position(asked),
                     .asked = text_of(asked),
                     .kernel = std::move(violation.what),
                     .sent = stimulus_line(view.state.topology, view.port, view.sent),
                     .seen = seen,
                     .bytes = bytes});
  }
  return found;
}

}  // namespace natstep::harness
