// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/fragments/fragment_queue.h"

#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/missing.h"
#include "model/packet.h"

#include <algorithm>
#include <utility>

namespace natstep::model {
namespace {

constexpr std::size_t high_threshold = 4u << 20;  // ipfrag_high_thresh, ip6frag_high_thresh

/// RFC 3168 section 5; one bit each, as ip4_frag_ecn and ip6_frag_ecn count them.
namespace ecn {
constexpr std::uint8_t mask = 3;
constexpr std::uint8_t congestion = 3;
constexpr std::uint8_t seen_none = 1u << 0;
constexpr std::uint8_t seen_congestion = 1u << congestion;
}  // namespace ecn

/// More than the kernel accounts for a fragment (skb->truesize).
std::size_t memory_of(std::size_t payload) {
  return 2 * payload + 1024;
}

template <typename Value>
bool agree(Step& step, Clause clause, const Value& left, const Value& right) {
  return left == right || !step.holds(clause);
}

bool same_datagram(Step& step, const FragmentKey& left, const FragmentKey& right) {
  return left.src.family == right.src.family &&
         agree(step, Clause::fragments_meet_at_one_place, left.user, right.user) &&
         agree(step, Clause::fragments_meet_within_their_zone, left.zone, right.zone) &&
         agree(step, Clause::fragments_meet_by_source, left.src, right.src) &&
         agree(step, Clause::fragments_meet_by_destination, left.dst, right.dst) &&
         agree(step, Clause::fragments_meet_by_id, left.id, right.id) &&
         agree(step, Clause::fragments_meet_by_protocol, left.protocol, right.protocol) &&
         agree(step, Clause::link_local_fragments_meet_by_port, left.in, right.in);
}

void remember_first(FragmentQueue& queue, const Packet& packet, wire::ByteView header) {
  queue.first_in = true;
  queue.first = {.header = wire::Bytes(header.begin(), header.end()),
                 .conn = packet.conn,
                 .ctinfo = packet.ctinfo,
                 .conn_template = packet.conn_template,
                 .untracked = packet.untracked,
                 .mark = packet.mark};
  if (packet.conn != nullptr) ConntrackTable::acquire(*packet.conn);
}

}  // namespace

/// A zone that the mark names has no number yet, and what was tracked before has that of its entry.
std::uint16_t zone_of(const Packet& packet, DefragUser user) {
  if (user == DefragUser::local_deliver) return 0;
  if (packet.tracked()) return packet.conn->zone.in(direction_of(packet.ctinfo));
  return packet.conn_template ? packet.conn_template->zone.in(Direction::original)
                              : std::uint16_t{0};
}

FragmentQueueIterator create(Step& step, const FragmentKey& key) {
  auto& queues = step.state().reassembly.queues;
  FragmentQueue fresh;
  fresh.key = key;
  fresh.since = step.now();
  return queues.insert(queues.end(), std::move(fresh));
}

FragmentQueueIterator find_or_create(Step& step, const FragmentKey& key) {
  auto& queues = step.state().reassembly.queues;
  const auto found = std::ranges::find_if(
      queues, [&](const FragmentQueue& queue) { return same_datagram(step, queue.key, key); });
  return found != queues.end() ? found : create(step, key);
}

void let_go(Step& step, FragmentQueue& queue) {
  for (const auto& piece : queue.runs.pieces())
    step.state().reassembly.memory -= memory_of(piece.payload.size());
  queue.runs.clear();
  if (queue.first.conn != nullptr) step.conntrack().release(*queue.first.conn);
  queue.first = {};
}

void kill(Step& step, FragmentQueueIterator queue) {
  let_go(step, *queue);
  step.state().reassembly.queues.erase(queue);
}

EndFit fit_of_end(const FragmentQueue& queue, const Extent& extent) {
  if (extent.more) {
    return queue.last_in && extent.to > queue.length ? EndFit::behind_the_end : EndFit::agrees;
  }
  const bool contradicts = extent.to < queue.length || (queue.last_in && extent.to != queue.length);
  return contradicts ? EndFit::second_end : EndFit::agrees;
}

void learn_length(FragmentQueue& queue, const Extent& extent) {
  if (!extent.more) queue.last_in = true;
  queue.length = extent.more ? std::max(queue.length, extent.to) : extent.to;
}

void remember(Step& step, FragmentQueue& queue, const Packet& packet, const Extent& extent,
              wire::ByteView header, std::uint8_t traffic_class) {
  queue.in = packet.in;
  queue.ecn_seen = static_cast<std::uint8_t>(queue.ecn_seen | 1u << (traffic_class & ecn::mask));
  if (extent.from == 0) remember_first(queue, packet, header);
  auto& memory = step.state().reassembly.memory;
  memory += memory_of(extent.to - extent.from);
  if (memory > high_threshold) {
    step.unspecified(Missing::fragment_memory);
  }
}

bool is_complete(const FragmentQueue& queue) {
  return queue.first_in && queue.last_in && queue.runs.bytes() == queue.length;
}

std::optional<std::uint8_t> congestion_of(Step& step, std::uint8_t seen) {
  const bool mixed = (seen & ecn::seen_none) != 0 && seen != ecn::seen_none;
  if (mixed && step.holds(Clause::fragments_with_and_without_ecn_are_lost)) return std::nullopt;
  const bool marked = (seen & ecn::seen_congestion) != 0;
  return marked && step.holds(Clause::congestion_on_any_fragment_counts) ? ecn::congestion : 0;
}

void append_pieces(Step& step, Packet& packet, FragmentQueue& queue) {
  for (const auto& piece : queue.runs.pieces()) {
    packet.bytes.insert(packet.bytes.end(), piece.payload.begin(), piece.payload.end());
    packet.assembled.pieces.push_back(piece.payload.size());
  }
  if (packet.conn != nullptr) step.conntrack().release(*packet.conn);
  packet.conn = std::exchange(queue.first.conn, nullptr);
  packet.ctinfo = queue.first.ctinfo;
  packet.untracked = queue.first.untracked;
  if (step.holds(Clause::datagram_has_the_zone_of_the_first_fragment)) {
    packet.conn_template = queue.first.conn_template;
  }
  if (step.holds(Clause::datagram_has_the_mark_of_the_first_fragment)) {
    packet.mark = queue.first.mark;
  }
}

Packet first_as_it_waits(Step& step, const FragmentQueue& queue) {
  Packet first;
  first.number = step.next_packet_number();
  first.in = queue.in;
  first.bytes = queue.first.header;
  const wire::Bytes& payload = queue.runs.pieces().front().payload;
  first.bytes.insert(first.bytes.end(), payload.begin(), payload.end());
  return first;
}

std::string words(const Collected& collected, const Packet& packet) {
  if (collected.outcome != Collected::Outcome::whole) return std::string(collected.why);
  return "whole: " + std::to_string(packet.assembled.pieces.size()) + " fragments, " +
         std::to_string(packet.bytes.size()) + " bytes";
}

}  // namespace natstep::model
