// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/twice.h"

#include "harness/lockstep/convert.h"
#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"

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

/// The frame with the IP id of the other, which the kernel was free to choose; the checksum goes
/// along.
wire::Bytes with_id_of(const wire::Bytes& other, wire::Bytes frame) {
  const auto chosen = wire::Ipv4View::parse(other);
  const auto header = wire::Ipv4View::parse(frame);
  if (!chosen || !header) return frame;
  const wire::Ipv4Edit edit(frame);
  edit.set_checksum(wire::csum_replace2(edit.checksum(), edit.id(), chosen->id()));
  edit.set_id(chosen->id());
  return frame;
}

bool chose_an_id(const StepRecord& step) {
  return std::ranges::count(step.prediction.choices, model::ChoiceKind::ip_id,
                            &model::BoundChoice::kind) != 0;
}

bool same_frame(const netns::Frame& one, const netns::Frame& other, bool ids_are_free) {
  if (one.port != other.port) return false;
  return one.bytes == (ids_are_free ? with_id_of(one.bytes, other.bytes) : other.bytes);
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

/// All but the timeout and the id, which depend on the clock and on where the kernel put it.
auto lasting(const netns::CtEntry& entry) {
  return std::tuple(entry.original, entry.reply, entry.status, entry.mark, entry.labels,
                    entry.helper, entry.tcp_state, entry.tcp_wscale, entry.tcp_flags,
                    entry.sctp_state, entry.sctp_vtag, entry.dccp_state, entry.dccp_role,
                    entry.dccp_handshake_seq, entry.counters, entry.seq_adjust);
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
