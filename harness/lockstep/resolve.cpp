// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/resolve.h"

#include "harness/lockstep/convert.h"
#include "model/conntrack/tuple.h"
#include "model/hook.h"
#include "model/wire/ipv6.h"

#include <algorithm>

namespace natstep::harness {
namespace {

constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_icmpv6 = 58;
constexpr std::size_t minimal_header = 20;

bool is_icmp(std::uint8_t protocol) {
  return protocol == protocol_icmp || protocol == protocol_icmpv6;
}

/// The id that a manip of `kind` wrote, read from a packet's tuple. An ICMP query has one
/// identifier for both ends, kept in src_id.
std::uint16_t chosen_id(model::ChoiceKind kind, const model::Tuple& tuple) {
  if (is_icmp(tuple.protocol) || kind == model::ChoiceKind::source_id) return tuple.src_id;
  return tuple.dst_id;
}

/// The same id read from the entry's reply tuple, where the two ends stand exchanged.
std::uint16_t chosen_id_in_reply(model::ChoiceKind kind, const netns::CtTuple& reply) {
  if (is_icmp(reply.protocol) || kind == model::ChoiceKind::destination_id) return reply.src_id;
  return reply.dst_id;
}

model::Tuple without_chosen(model::ChoiceKind kind, model::Tuple tuple) {
  if (is_icmp(tuple.protocol) || kind == model::ChoiceKind::source_id) {
    tuple.src_id = 0;
  } else {
    tuple.dst_id = 0;
  }
  return tuple;
}

/// Whether a tap stands behind the place where NAT writes such an id. What stands before it shows
/// the id that the packet came with, which nobody chose.
bool stands_behind_manip(const netns::TapRecord& tap, model::ChoiceKind kind) {
  using enum netns::HookNumber;
  if (kind == model::ChoiceKind::source_id)
    return (tap.hook == post_routing || tap.hook == local_in) &&
           tap.priority > model::priority::nat_src;
  const bool first_hook = tap.hook == pre_routing || tap.hook == local_out;
  return !first_hook || tap.priority > model::priority::nat_dst;
}

enum class Ignore : std::uint8_t { id_only, id_and_addresses, what_is_quoted };

/// `packet` with the fields zeroed that the id decides (and, after NAT and rules, what they write:
/// the addresses, the sums over them, TOS and TTL; and in an error, what NAT writes into the
/// quote).
wire::Bytes blanked(wire::ByteView packet, Ignore ignore) {
  wire::Bytes copy(packet.begin(), packet.end());
  constexpr std::size_t tos_at = 1, id_at = 4, ttl_at = 8, checksum_at = 10, source_at = 12;
  std::fill_n(copy.begin() + id_at, 2, std::uint8_t{0});
  std::fill_n(copy.begin() + checksum_at, 2, std::uint8_t{0});
  if (ignore != Ignore::id_only) {
    copy[tos_at] = copy[ttl_at] = 0;
    std::fill_n(copy.begin() + source_at, 8, std::uint8_t{0});
  }
  constexpr std::size_t protocol_at = 9, icmp_sum_at = 22;
  if (ignore == Ignore::what_is_quoted && copy[protocol_at] == protocol_icmp)
    std::fill(copy.begin() + std::min(icmp_sum_at, copy.size()), copy.end(), std::uint8_t{0});
  return copy;
}

bool same_but_id(wire::ByteView left, wire::ByteView right, Ignore ignore) {
  if (left.size() < minimal_header || left.size() != right.size()) return false;
  return blanked(left, ignore) == blanked(right, ignore);
}

}  // namespace

std::optional<std::uint32_t> ObservationChooser::choose(const model::Choice& choice) {
  if (choice.kind == model::ChoiceKind::ip_id) return ip_id(choice);
  if (choice.kind == model::ChoiceKind::fragment_id) return fragment_id(choice);
  if (choice.kind == model::ChoiceKind::expected_port) return from_expectations(choice);
  if (const auto value = from_event(choice)) return value;
  return from_packets(choice);
}

std::optional<std::uint32_t> ObservationChooser::from_event(const model::Choice& choice) const {
  const auto original = to_netns(choice.original);
  for (const auto& event : observation_.events) {
    if (event.kind != netns::CtEvent::Kind::created || event.entry.original != original) continue;
    return chosen_id_in_reply(choice.kind, event.entry.reply);
  }
  return std::nullopt;
}

/// Another connection's expectation differs in nothing but a port that was not free to choose, and
/// another one of the same connection in the port that was announced.
std::optional<std::uint32_t> ObservationChooser::from_expectations(
    const model::Choice& choice) const {
  for (const auto& expectation : observation_.expectations) {
    auto wanted = to_netns(choice.wanted);
    wanted.dst_id = expectation.tuple.dst_id;
    const bool own = expectation.master == to_netns(choice.original);
    const bool announced = !expectation.nat || expectation.nat->src_id == choice.instead_of;
    if (own && announced && expectation.tuple == wanted) return wanted.dst_id;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> ObservationChooser::from_packets(const model::Choice& choice) const {
  const auto wanted = without_chosen(choice.kind, choice.wanted);
  const auto id_in = [&](const wire::Bytes& bytes) -> std::optional<std::uint32_t> {
    const auto tuple = model::tuple_of(bytes);
    if (!tuple || without_chosen(choice.kind, *tuple) != wanted) return std::nullopt;
    return chosen_id(choice.kind, *tuple);
  };
  for (const auto& frame : observation_.frames) {
    if (const auto id = id_in(frame.bytes)) return id;
  }
  for (auto tap = observation_.taps.rbegin(); tap != observation_.taps.rend(); ++tap) {
    if (!stands_behind_manip(*tap, choice.kind)) continue;
    if (const auto id = id_in(tap->bytes)) return id;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> ObservationChooser::ip_id(const model::Choice& choice) {
  const auto take = [&](const wire::Bytes& bytes, Ignore ignore) -> std::optional<std::uint32_t> {
    if (!same_but_id(bytes, choice.packet, ignore)) return std::nullopt;
    const std::uint32_t id = wire::load_be16(bytes.data() + 4);
    if (std::ranges::find(ids_used_, id) != ids_used_.end()) return std::nullopt;
    ids_used_.push_back(id);
    return id;
  };
  for (const auto ignore : {Ignore::id_only, Ignore::id_and_addresses, Ignore::what_is_quoted}) {
    for (const auto& tap : observation_.taps) {
      if (tap.hook != netns::HookNumber::local_out) continue;
      if (const auto id = take(tap.bytes, ignore)) return id;
    }
    for (const auto& frame : observation_.frames) {
      if (const auto id = take(frame.bytes, ignore)) return id;
    }
  }
  return std::nullopt;
}

/// Seen where the first piece left.
std::optional<std::uint32_t> ObservationChooser::fragment_id(const model::Choice& choice) const {
  const auto place = wire::find_fragment_header(choice.packet);
  if (!place) return std::nullopt;
  const std::size_t at = place->offset + wire::ipv6::fragment::id;
  for (const auto& frame : observation_.frames) {
    if (frame.bytes.size() != choice.packet.size()) continue;
    wire::Bytes copy = frame.bytes;
    wire::store_be32(&copy[at], 0);
    if (copy == choice.packet) return wire::load_be32(&frame.bytes[at]);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> RecordedChooser::choose(const model::Choice& choice) {
  while (next_ < choices_.size()) {
    const auto& recorded = choices_[next_++];
    if (recorded.kind != choice.kind || !recorded.observed) continue;
    // A model that differs may find impossible what another one was content with.
    if (recorded.permitted && !choice.permits(recorded.value)) return std::nullopt;
    return recorded.value;
  }
  return std::nullopt;
}

}  // namespace natstep::harness
