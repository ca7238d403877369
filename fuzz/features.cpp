// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/features.h"

#include "fuzz/packet_layers.h"
#include "model/protocol.h"
#include "model/wire/dccp.h"
#include "model/wire/icmp.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"

#include <algorithm>
#include <bit>
#include <initializer_list>

namespace natstep::fuzz {
namespace {

/// Keeps the kinds of features apart.
enum class Kind : std::uint64_t { clause, pair, fate, state };

std::uint64_t mix(Kind kind, std::initializer_list<std::uint64_t> values) {
  std::uint64_t hash = static_cast<std::uint64_t>(kind) + 1;
  for (const std::uint64_t value : values)
    hash = (hash ^ value) * 0x100000001b3u + (hash >> 29);
  return hash;
}

/// Protocol, and what of it decides most: flags of TCP, type of ICMP, of DCCP, or of SCTP's first
/// chunk.
std::uint64_t class_of(wire::ByteView packet) {
  const Layers layers = layers_of(packet);
  const std::uint64_t protocol = layers.protocol | (layers.later_fragment ? 0x100u : 0u);
  const auto byte = [&](std::size_t at) -> std::uint64_t {
    return layers.l4 + at < packet.size() ? packet[layers.l4 + at] : 0;
  };
  if (layers.is_tcp()) return protocol << 8 | (byte(wire::tcp::flags) & 0x3f);
  if (layers.is_icmp()) return protocol << 8 | byte(wire::icmp::type);
  if (layers.protocol == 132) return protocol << 8 | byte(wire::sctp::size);
  if (layers.protocol == model::protocol::dccp) return protocol << 8 | byte(wire::dccp::type_and_x);
  return protocol << 8;
}

}  // namespace

void Features::add_step(const model::Prediction& prediction, wire::ByteView packet,
                        std::span<const FlowState> flows) {
  const auto words =
      std::bit_cast<std::array<std::uint64_t, model::clause_capacity / 64>>(prediction.clauses);
  const auto fate = static_cast<std::uint64_t>(prediction.fate);
  std::uint64_t before = model::clause_capacity;
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::uint64_t word = words[i]; word != 0; word &= word - 1) {
      const std::uint64_t clause = i * 64 + static_cast<std::uint64_t>(std::countr_zero(word));
      add(mix(Kind::clause, {clause, fate}));
      add(mix(Kind::pair, {before, clause}));
      before = clause;
    }
  }
  const std::uint64_t packet_class = class_of(packet);
  add(mix(Kind::fate, {packet_class, fate, prediction.frames.size()}));
  for (const FlowState& flow : flows) {
    std::uint64_t& last = state_before(flow);
    if (last != flow.state) add(mix(Kind::state, {last, flow.state, packet_class, fate}));
    last = flow.state;
  }
}

std::uint64_t& Features::state_before(const FlowState& flow) {
  const auto known = std::ranges::find_if(states_, [&](const FlowState& each) {
    return each.original == flow.original && each.zone == flow.zone;
  });
  if (known != states_.end()) return known->state;
  return states_.emplace_back(FlowState{.original = flow.original, .zone = flow.zone}).state;
}

std::size_t FeatureMap::add(std::span<const std::uint32_t> numbers) {
  std::size_t fresh = 0;
  for (const std::uint32_t number : numbers) {
    if (seen_[number]) continue;
    seen_[number] = true;
    ++fresh;
  }
  seen_count_ += fresh;
  return fresh;
}

}  // namespace natstep::fuzz
