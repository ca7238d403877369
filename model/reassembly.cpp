// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/reassembly.h"

#include "model/answers.h"
#include "model/clause_names.h"
#include "model/conntrack.h"
#include "model/hook_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/route.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace natstep::model {
namespace {

constexpr std::size_t largest_datagram = 65535;
constexpr std::size_t high_threshold = 4u << 20;  // net.ipv4.ipfrag_high_thresh

/// RFC 3168 section 5; one bit each, as ip4_frag_ecn counts them.
namespace ecn {
constexpr std::uint8_t mask = 3;
constexpr std::uint8_t congestion = 3;
constexpr std::uint8_t seen_none = 1u << 0;
constexpr std::uint8_t seen_congestion = 1u << congestion;
}  // namespace ecn

/// What became of a fragment.
struct Collected {
  enum class Outcome : std::uint8_t { kept, ignored, discarded, whole } outcome{};
  std::string_view why{};
};
using Outcome = Collected::Outcome;

Collected discarded(std::string_view why) {
  return {.outcome = Outcome::discarded, .why = why};
}

/// The bytes of the datagram that a fragment brings.
struct Extent {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool more = false;
};

/// More than the kernel accounts for a fragment (skb->truesize).
std::size_t memory_of(std::size_t payload) {
  return 2 * payload + 1024;
}

template <typename Value>
bool agree(Step& step, Clause clause, const Value& left, const Value& right) {
  return left == right || !step.holds(clause);
}

bool same_datagram(Step& step, const FragmentKey& left, const FragmentKey& right) {
  return agree(step, Clause::fragments_meet_at_one_place, left.user, right.user) &&
         agree(step, Clause::fragments_meet_within_their_zone, left.zone, right.zone) &&
         agree(step, Clause::fragments_meet_by_source, left.src, right.src) &&
         agree(step, Clause::fragments_meet_by_destination, left.dst, right.dst) &&
         agree(step, Clause::fragments_meet_by_id, left.id, right.id) &&
         agree(step, Clause::fragments_meet_by_protocol, left.protocol, right.protocol);
}

using QueueIterator = std::list<FragmentQueue>::iterator;

QueueIterator find_or_create(Step& step, const FragmentKey& key) {
  auto& queues = step.state().reassembly.queues;
  const auto found = std::ranges::find_if(
      queues, [&](const FragmentQueue& queue) { return same_datagram(step, queue.key, key); });
  if (found != queues.end()) return found;
  FragmentQueue fresh;
  fresh.key = key;
  fresh.since = step.now();
  return queues.insert(queues.end(), std::move(fresh));
}

void let_go(Step& step, FragmentQueue& queue) {
  for (const auto& piece : queue.runs.pieces())
    step.state().reassembly.memory -= memory_of(piece.payload.size());
  queue.runs.clear();
  if (queue.first.conn != nullptr) step.conntrack().release(*queue.first.conn);
  queue.first = {};
}

/// inet_frag_kill.
void kill(Step& step, QueueIterator queue) {
  let_go(step, *queue);
  step.state().reassembly.queues.erase(queue);
}

/// ip_frag_too_far: so many others of this source came in between that the id may have been used
/// again.
bool too_far(Step& step, FragmentQueue& queue) {
  const std::uint32_t most = step.settings().fragment_max_distance;
  if (most == 0) return false;
  const std::uint32_t before = queue.arrival;
  queue.arrival = ++step.state().reassembly.arrivals[queue.key.src];
  return !queue.runs.empty() && queue.arrival - before > most &&
         step.holds(Clause::fragments_too_far_apart_do_not_meet);
}

/// ip_frag_reinit: the queue begins anew, its clock too, but it remembers the sizes.
void begin_anew(Step& step, QueueIterator queue) {
  let_go(step, *queue);
  queue->first_in = queue->last_in = false;
  queue->length = 0;
  queue->ecn_seen = 0;
  queue->since = step.now();
  auto& queues = step.state().reassembly.queues;
  queues.splice(queues.end(), queues, queue);
}

Extent extent_of(Step& step, const wire::Ipv4View& fragment) {
  const auto from = static_cast<std::uint32_t>(fragment.fragment_offset());
  Extent extent{.from = from,
                .to = from + static_cast<std::uint32_t>(fragment.rest().size()),
                .more = fragment.mf()};
  const bool uneven = extent.more && extent.to % 8 != 0;
  if (uneven && step.holds(Clause::uneven_fragment_is_cut)) extent.to &= ~std::uint32_t{7};
  return extent;
}

/// Whether the fragment agrees with what is known of the length; and what it says about it.
bool agrees_on_length(Step& step, FragmentQueue& queue, const Extent& extent) {
  if (!extent.more) {
    const bool contradicts =
        extent.to < queue.length || (queue.last_in && extent.to != queue.length);
    if (contradicts && step.holds(Clause::second_end_discards_the_datagram)) return false;
    queue.last_in = true;
    queue.length = extent.to;
    return true;
  }
  if (extent.to <= queue.length) return true;
  if (queue.last_in && step.holds(Clause::fragment_behind_the_end_discards_the_datagram)) {
    return false;
  }
  queue.length = extent.to;
  return true;
}

void remember_first(FragmentQueue& queue, const Packet& packet) {
  const auto header = wire::Ipv4View(packet.bytes).header();
  queue.first_in = true;
  queue.first = {.header = wire::Bytes(header.begin(), header.end()),
                 .conn = packet.conn,
                 .ctinfo = packet.ctinfo,
                 .conn_template = packet.conn_template,
                 .untracked = packet.untracked,
                 .mark = packet.mark};
  if (packet.conn != nullptr) ConntrackTable::acquire(*packet.conn);
}

void remember(Step& step, FragmentQueue& queue, const Packet& packet, const Extent& extent) {
  const wire::Ipv4View header(packet.bytes);
  queue.in = packet.in;
  queue.ecn_seen = static_cast<std::uint8_t>(queue.ecn_seen | 1u << (header.tos() & ecn::mask));
  if (extent.from == 0) remember_first(queue, packet);
  const auto size = static_cast<std::uint32_t>(header.header_length() + extent.to - extent.from);
  queue.max_size = std::max(queue.max_size, size);
  if (header.df()) queue.max_df_size = std::max(queue.max_df_size, size);
  auto& memory = step.state().reassembly.memory;
  memory += memory_of(extent.to - extent.from);
  if (memory > high_threshold) {
    step.unspecified(Missing::fragment_memory);
  }
}

/// RFC 3168 section 5.3: what the whole datagram says of congestion. Nothing when the fragments
/// contradict each other.
std::optional<std::uint8_t> congestion_of(Step& step, std::uint8_t seen) {
  const bool mixed = (seen & ecn::seen_none) != 0 && seen != ecn::seen_none;
  if (mixed && step.holds(Clause::fragments_with_and_without_ecn_are_lost)) return std::nullopt;
  const bool marked = (seen & ecn::seen_congestion) != 0;
  return marked && step.holds(Clause::congestion_on_any_fragment_counts) ? ecn::congestion : 0;
}

/// The queue has no gap any more. Its first fragment lends the datagram what is not payload.
void become_whole(Step& step, Packet& packet, FragmentQueue& queue, std::uint8_t congestion) {
  if (step.holds(Clause::datagram_has_the_header_of_the_first_fragment)) {
    packet.bytes = queue.first.header;
  } else {
    packet.bytes.resize(wire::Ipv4View(packet.bytes).header_length());
  }
  packet.assembled = {.max_size = queue.max_size,
                      .df_on_largest = queue.max_df_size == queue.max_size};
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
  const wire::Ipv4Edit header(packet.bytes);
  header.set_tos(header.tos() | congestion);
  header.set_total_length(static_cast<std::uint16_t>(packet.bytes.size()));
  const bool df = packet.assembled.df_on_largest && step.holds(Clause::df_of_the_largest_is_kept);
  header.set_fragment_word(df ? wire::ipv4::df : std::uint16_t{0});
  if (step.holds(Clause::datagram_has_a_checksum_of_its_own)) header.fill_checksum();
}

/// ip_frag_reasm.
Collected assemble(Step& step, Packet& packet, FragmentQueue& queue) {
  const auto congestion = congestion_of(step, queue.ecn_seen);
  if (!congestion) return discarded("some fragments know of ECN, some do not: lost");
  const bool too_long = queue.first.header.size() + queue.length > largest_datagram;
  if (too_long && step.holds(Clause::datagram_above_64k_is_lost)) {
    return discarded("above 65535 bytes: lost");
  }
  become_whole(step, packet, queue, *congestion);
  return {.outcome = Outcome::whole};
}

/// ip_frag_queue.
Collected add(Step& step, Packet& packet, QueueIterator queue) {
  if (too_far(step, *queue)) begin_anew(step, queue);
  const wire::Ipv4View fragment(packet.bytes);
  const Extent extent = extent_of(step, fragment);
  if (!agrees_on_length(step, *queue, extent)) return discarded("two ends: the datagram is lost");
  if (extent.from == extent.to) {
    if (!step.holds(Clause::empty_fragment_discards_the_datagram)) {
      return {.outcome = Outcome::ignored, .why = "empty, ignored"};
    }
    return discarded("empty: the datagram is lost");
  }
  switch (queue->runs.insert(step, extent.from, fragment.rest().first(extent.to - extent.from))) {
    case FragmentRuns::Fit::duplicate:
      return {.outcome = Outcome::ignored, .why = "a duplicate, ignored"};
    case FragmentRuns::Fit::overlap:
      return discarded("an overlap: the datagram is lost");
    case FragmentRuns::Fit::fits:
      break;
  }
  remember(step, *queue, packet, extent);
  const bool complete = queue->first_in && queue->last_in && queue->runs.bytes() == queue->length;
  return complete ? assemble(step, packet, *queue)
                  : Collected{.outcome = Outcome::kept, .why = "kept until the others come"};
}

/// nf_ct_defrag_user: a zone that the mark names has no number yet, and what was tracked before has
/// that of its entry.
std::uint16_t zone_of(const Packet& packet) {
  if (packet.tracked()) return packet.conn->zone.in(direction_of(packet.ctinfo));
  return packet.conn_template ? packet.conn_template->zone.in(Direction::original)
                              : std::uint16_t{0};
}

/// ip_defrag.
Collected collect(Step& step, Packet& packet, DefragUser user) {
  const wire::Ipv4View header(packet.bytes);
  const FragmentKey key{
      .src = header.src(),
      .dst = header.dst(),
      .id = header.id(),
      .protocol = header.protocol(),
      .user = user,
      .zone = user == DefragUser::local_deliver ? std::uint16_t{0} : zone_of(packet)};
  const auto queue = find_or_create(step, key);
  const Collected collected = add(step, packet, queue);
  if (collected.outcome == Outcome::whole || collected.outcome == Outcome::discarded) {
    kill(step, queue);
  }
  return collected;
}

std::string words(const Collected& collected, const Packet& packet) {
  if (collected.outcome != Outcome::whole) return std::string(collected.why);
  return "whole: " + std::to_string(packet.assembled.pieces.size()) + " fragments, " +
         std::to_string(packet.bytes.size()) + " bytes";
}

/// The first fragment as it waits, with the error that its sender gets.
void report_expired(Step& step, const FragmentQueue& queue) {
  Packet cause;
  cause.number = step.next_packet_number();
  cause.in = queue.in;
  cause.bytes = queue.first.header;
  const wire::Bytes& payload = queue.runs.pieces().front().payload;
  cause.bytes.insert(cause.bytes.end(), payload.begin(), payload.end());
  const RouteKind route = route_input(step, cause).kind;
  if (queue.key.user == DefragUser::conntrack_in && route != RouteKind::local &&
      step.holds(Clause::expired_transit_fragments_are_silent)) {
    return;
  }
  constexpr std::uint8_t reassembly_time = 1;
  icmp_send(step, cause, route, {.type = wire::icmpv4::time_exceeded, .code = reassembly_time});
}

void expire(Step& step, QueueIterator queue) {
  if (queue->first_in && step.holds(Clause::expired_fragments_are_reported)) {
    if (queue->key.user == DefragUser::conntrack_out) {
      step.unspecified(Missing::own_fragments_expire);
    }
    report_expired(step, *queue);
  }
  kill(step, queue);
}

}  // namespace

Verdict conntrack_defrag(Step& step, Packet& packet, Hook hook) {
  if (!wire::Ipv4View(packet.bytes).is_fragment()) return Verdict::accept;
  const auto say = [&](Verdict verdict, auto&& what) {
    step.walk(Actor::defrag, hook, priority::conntrack_defrag,
              hook_function_name(step.profile(), Actor::defrag, hook, packet.family()), packet,
              verdict, what);
    return verdict;
  };
  if (packet.untracked && step.holds(Clause::untracked_fragments_are_not_collected)) {
    return say(Verdict::accept, [] { return "untracked, passes as a fragment"; });
  }
  if (!step.holds(Clause::fragments_are_collected_for_conntrack)) return Verdict::accept;
  const auto user =
      hook == Hook::pre_routing ? DefragUser::conntrack_in : DefragUser::conntrack_out;
  const Collected collected = collect(step, packet, user);
  return say(collected.outcome == Outcome::whole ? Verdict::accept : Verdict::stolen,
             [&] { return words(collected, packet); });
}

bool defrag_to_deliver(Step& step, Packet& packet) {
  if (!wire::Ipv4View(packet.bytes).is_fragment()) return true;
  if (!step.holds(Clause::fragments_for_the_box_are_collected)) return true;
  const Collected collected = collect(step, packet, DefragUser::local_deliver);
  const bool whole = collected.outcome == Outcome::whole;
  step.walk(Actor::routing, Hook::pre_routing, 0, "ip_local_deliver", packet,
            whole ? Verdict::accept : Verdict::stolen, [&] { return words(collected, packet); });
  if (!whole) ends(step, packet, Fate::stolen, "kept for reassembly");
  return whole;
}

void expire_fragments(Step& step) {
  auto& queues = step.state().reassembly.queues;
  const std::uint64_t patience = step.settings().timeout.ipv4_fragments;
  for (auto queue = queues.begin(); queue != queues.end();) {
    const auto current = queue++;
    const std::uint64_t waited = step.now() - current->since;
    if (waited == patience) step.unspecified(Missing::fragments_expire_at_this_moment);
    if (waited > patience) expire(step, current);
  }
}

}  // namespace natstep::model
