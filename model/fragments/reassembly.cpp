// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/fragments/reassembly.h"

#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/fragments/reassembly_ipv6.h"
#include "model/hook_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/answers.h"
#include "model/router/route.h"
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
using Outcome = Collected::Outcome;

Collected discarded(std::string_view why) {
  return {.outcome = Outcome::discarded, .why = why};
}

/// ip_frag_too_far: so many others of this source came in between that the id may have been used
/// again.
bool too_far(Step& step, FragmentQueue& queue) {
  const std::uint32_t most = step.settings().fragment_max_distance;
  if (most == 0) return false;
  const std::uint32_t before = queue.arrival;
  queue.arrival = ++step.state().reassembly.arrivals[queue.key.src.ipv4_value()];
  return !queue.runs.empty() && queue.arrival - before > most &&
         step.holds(Clause::fragments_too_far_apart_do_not_meet);
}

/// ip_frag_reinit: the queue begins anew, its clock too, but it remembers the sizes.
void begin_anew(Step& step, FragmentQueueIterator queue) {
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
  const EndFit fit = fit_of_end(queue, extent);
  if (fit == EndFit::second_end && step.holds(Clause::second_end_discards_the_datagram)) {
    return false;
  }
  if (fit == EndFit::behind_the_end &&
      step.holds(Clause::fragment_behind_the_end_discards_the_datagram)) {
    return false;
  }
  learn_length(queue, extent);
  return true;
}

void remember_with_size(Step& step, FragmentQueue& queue, const Packet& packet,
                        const Extent& extent) {
  const wire::Ipv4View header(packet.bytes);
  remember(step, queue, packet, extent, header.header(), header.tos());
  const auto size = static_cast<std::uint32_t>(header.header_length() + extent.to - extent.from);
  queue.max_size = std::max(queue.max_size, size);
  if (header.df()) queue.max_df_size = std::max(queue.max_df_size, size);
}

/// The queue has no gap any more. Its first fragment lends the datagram what is not payload.
void become_whole(Step& step, Packet& packet, FragmentQueue& queue, std::uint8_t congestion) {
  if (step.holds(Clause::datagram_has_the_header_of_the_first_fragment)) {
    packet.bytes = queue.first.header;
  } else {
    packet.bytes.resize(wire::Ipv4View(packet.bytes).header_length());
  }
  packet.assembled = {.max_size = queue.max_size,
                      .begins_at = packet.bytes.size(),
                      .df_on_largest = queue.max_df_size == queue.max_size};
  append_pieces(step, packet, queue);
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
Collected add(Step& step, Packet& packet, FragmentQueueIterator queue) {
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
  remember_with_size(step, *queue, packet, extent);
  return is_complete(*queue)
             ? assemble(step, packet, *queue)
             : Collected{.outcome = Outcome::kept, .why = "kept until the others come"};
}

/// ip_defrag.
Collected collect(Step& step, Packet& packet, DefragUser user) {
  const wire::Ipv4View header(packet.bytes);
  const FragmentKey key{.src = header.src_address(),
                        .dst = header.dst_address(),
                        .id = header.id(),
                        .protocol = header.protocol(),
                        .user = user,
                        .zone = zone_of(packet, user)};
  const auto queue = find_or_create(step, key);
  const Collected collected = add(step, packet, queue);
  if (collected.outcome == Outcome::whole || collected.outcome == Outcome::discarded) {
    kill(step, queue);
  }
  return collected;
}

/// The first fragment as it waits, with the error that its sender gets.
void report_expired(Step& step, const FragmentQueue& queue) {
  const Packet cause = first_as_it_waits(step, queue);
  const RouteKind route = route_input(step, cause).kind;
  if (queue.key.user == DefragUser::conntrack_in && route != RouteKind::local &&
      step.holds(Clause::expired_transit_fragments_are_silent)) {
    return;
  }
  constexpr std::uint8_t reassembly_time = 1;
  icmp_send(step, cause, route, {.type = wire::icmpv4::time_exceeded, .code = reassembly_time});
}

bool is_ipv6(const FragmentQueue& queue) {
  return queue.key.src.family == wire::AddressFamily::ipv6;
}

void expire(Step& step, FragmentQueueIterator queue) {
  const Clause reported = is_ipv6(*queue) ? Clause::expired_ipv6_fragments_are_reported
                                          : Clause::expired_fragments_are_reported;
  if (queue->first_in && step.holds(reported)) {
    if (queue->key.user == DefragUser::conntrack_out) {
      step.unspecified(Missing::own_fragments_expire);
    }
    is_ipv6(*queue) ? report_expired_ipv6(step, *queue) : report_expired(step, *queue);
  }
  kill(step, queue);
}

std::uint64_t patience_with(const Step& step, const FragmentQueue& queue) {
  const auto& timeout = step.settings().timeout;
  if (!is_ipv6(queue)) return timeout.ipv4_fragments;
  const bool of_the_box = queue.key.user == DefragUser::local_deliver;
  return of_the_box ? timeout.ipv6_fragments_of_the_box : timeout.ipv6_fragments;
}

bool is_fragment(const Packet& packet) {
  return packet.is_ipv6() ? is_fragment_ipv6(packet) : wire::Ipv4View(packet.bytes).is_fragment();
}

}  // namespace

Verdict conntrack_defrag(Step& step, Packet& packet, Hook hook) {
  if (!is_fragment(packet)) return Verdict::accept;
  const auto say = [&](Verdict verdict, auto&& what) {
    step.walk(Actor::defrag, hook, priority::conntrack_defrag, packet, verdict, what);
    return verdict;
  };
  if (packet.untracked && step.holds(Clause::untracked_fragments_are_not_collected)) {
    return say(Verdict::accept, [] { return "untracked, passes as a fragment"; });
  }
  if (!step.holds(Clause::fragments_are_collected_for_conntrack)) return Verdict::accept;
  const auto user =
      hook == Hook::pre_routing ? DefragUser::conntrack_in : DefragUser::conntrack_out;
  const Collected collected =
      packet.is_ipv6() ? collect_ipv6(step, packet, user) : collect(step, packet, user);
  const bool goes_on = collected.outcome == Outcome::whole || collected.outcome == Outcome::passed;
  return say(goes_on ? Verdict::accept : Verdict::stolen, [&] { return words(collected, packet); });
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
  for (auto queue = queues.begin(); queue != queues.end();) {
    const auto current = queue++;
    const std::uint64_t patience = patience_with(step, *current);
    const std::uint64_t waited = step.now() - current->since;
    if (waited == patience) step.unspecified(Missing::fragments_expire_at_this_moment);
    if (waited > patience) expire(step, current);
  }
}

}  // namespace natstep::model
