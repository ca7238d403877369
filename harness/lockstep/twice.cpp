// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/twice.h"

#include "harness/lockstep/convert.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using Choices = std::vector<model::BoundChoice>;

/// Ports and identifiers, on which everything later may depend. IP ids are seen once and never
/// again.
std::vector<std::uint32_t> lasting(const Choices& choices) {
  std::vector<std::uint32_t> values;
  for (const auto& choice : choices)
    if (choice.kind != model::ChoiceKind::ip_id) values.push_back(choice.value);
  return values;
}

/// The frame without its IP id and what is summed over it, which the kernel was free to choose.
wire::Bytes without_id(const wire::Bytes& frame) {
  constexpr std::size_t id_at = 4, checksum_at = 10, header = 20;
  wire::Bytes copy = frame;
  if (copy.size() < header || copy.front() >> 4 != 4) return copy;
  for (const std::size_t at : {id_at, checksum_at})
    std::fill_n(copy.begin() + static_cast<std::ptrdiff_t>(at), 2, std::uint8_t{0});
  return copy;
}

bool chose_an_id(const StepRecord& step) {
  return std::ranges::count(step.prediction.choices, model::ChoiceKind::ip_id,
                            &model::BoundChoice::kind) != 0;
}

bool same_frame(const netns::Frame& one, const netns::Frame& other, bool ids_are_free) {
  if (one.port != other.port) return false;
  return ids_are_free ? without_id(one.bytes) == without_id(other.bytes) : one.bytes == other.bytes;
}

std::optional<std::string> frames_differ(const StepRecord& first, const StepRecord& second) {
  const auto& one = first.observation.frames;
  const auto& other = second.observation.frames;
  if (one.size() != other.size())
    return fmt::format("{} frames left, {} the second time", one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (same_frame(one[i], other[i], chose_an_id(first))) continue;
    return fmt::format("frame {} is not the same the second time", i);
  }
  return std::nullopt;
}

/// What does not depend on the clock or on where the kernel put it.
auto lasting(const netns::CtEntry& entry) {
  return std::tuple(entry.original, entry.reply, entry.status, entry.mark, entry.helper,
                    entry.tcp_state, entry.sctp_state);
}

std::optional<std::string> entries_differ(const StepRecord& first, const StepRecord& second) {
  const auto of = [](const StepRecord& step) {
    std::vector<decltype(lasting(netns::CtEntry{}))> entries;
    for (const auto& pair : step.entries)
      if (pair.kernel) entries.push_back(lasting(*pair.kernel));
    std::ranges::sort(entries);
    return entries;
  };
  if (of(first) == of(second)) return std::nullopt;
  return "the conntrack entries are not the same the second time";
}

}  // namespace

std::optional<std::string> differs_again(const Outcome& first, const Outcome& second) {
  if (first.verdict != second.verdict)
    return fmt::format("{}, the second time {}", to_string(first.verdict),
                       to_string(second.verdict));
  for (std::size_t i = 0; i < std::min(first.steps.size(), second.steps.size()); ++i) {
    const auto &one = first.steps[i], &other = second.steps[i];
    if (lasting(one.prediction.choices) != lasting(other.prediction.choices)) return std::nullopt;
    auto why = frames_differ(one, other);
    if (!why) why = entries_differ(one, other);
    if (why) return fmt::format("step {}: {}", i + 1, *why);
  }
  return std::nullopt;
}

}  // namespace natstep::harness
