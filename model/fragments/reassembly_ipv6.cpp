// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/fragments/reassembly_ipv6.h"

#include "model/clause_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/ipv6_answers.h"
#include "model/router/ipv6_route.h"
#include "model/wire/icmpv6.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <utility>

namespace natstep::model {
namespace {

namespace fragment = wire::ipv6::fragment;
namespace icmpv6 = wire::icmpv6;
namespace protocol = wire::ip_protocol;
using Outcome = Collected::Outcome;

constexpr std::size_t largest_payload = 65535;
constexpr std::uint8_t incomplete_header_chain = 3;  // RFC 7112 section 6

Collected ignored(std::string_view why) {
  return {.outcome = Outcome::ignored, .why = why};
}
Collected discarded(std::string_view why) {
  return {.outcome = Outcome::discarded, .why = why};
}

/// A fragment as it stands in its packet.
struct Fragment {
  wire::FragmentPlace place;
  std::uint16_t word = 0;
  std::uint32_t id = 0;
  Extent extent;

  [[nodiscard]] std::size_t payload_at() const { return place.offset + fragment::size; }
  [[nodiscard]] bool is_atomic() const {
    return (word & (fragment::offset_mask | fragment::mf)) == 0;
  }
};

/// Nothing when the fragment header is cut off.
std::optional<Fragment> fragment_at(wire::ByteView packet, wire::FragmentPlace place) {
  if (place.offset + fragment::size > packet.size()) return std::nullopt;
  Fragment found{.place = place,
                 .word = wire::load_be16(&packet[place.offset + fragment::word]),
                 .id = wire::load_be32(&packet[place.offset + fragment::id]),
                 .extent = {}};
  const auto from = static_cast<std::uint32_t>(found.word & fragment::offset_mask);
  const auto size = static_cast<std::uint32_t>(packet.size() - found.payload_at());
  found.extent = {.from = from, .to = from + size, .more = (found.word & fragment::mf) != 0};
  return found;
}

std::size_t least_upper_layer(std::uint8_t number) {
  switch (number) {
    case protocol::tcp:
      return wire::tcp::min_size;
    case protocol::udp:
      return wire::udp::size;
    case protocol::icmpv6:
      return icmpv6::size;
    default:
      return 1;
  }
}

/// ipv6frag_thdr_truncated: RFC 7112.
bool lacks_headers(wire::ByteView packet, std::uint8_t number, std::size_t offset) {
  const wire::ExtensionWalk walk = wire::walk_extensions(packet, number, offset);
  return walk.end == wire::ExtensionWalk::End::upper_layer &&
         walk.offset + least_upper_layer(walk.protocol) > packet.size();
}

FragmentKey key_of(const Profile& profile, const Packet& packet, const Fragment& part,
                   DefragUser user) {
  const wire::Address destination = destination_of(packet.bytes);
  const bool by_port = !profile.global_fragments_meet_at_any_port ||
                       ipv6_address::is_multicast(destination) ||
                       ipv6_address::is_link_local(destination);
  return {.src = source_of(packet.bytes),
          .dst = destination,
          .id = part.id,
          .in = by_port ? packet.in : no_port,
          .user = user,
          .zone = zone_of(packet, user)};
}

/// The first fragment's headers without the fragment header, whose place its successor takes.
wire::FragmentPlace restore_header(Step& step, Packet& packet, wire::Bytes header) {
  const wire::FragmentPlace place = *wire::find_fragment_header(header);
  if (step.holds(Clause::ipv6_datagram_has_no_fragment_header)) {
    header[place.named_at] = header[place.offset];
    header.resize(place.offset);
  } else {
    wire::store_be16(&header[place.offset + fragment::word], 0);
  }
  packet.bytes = std::move(header);
  return {.named_at = place.named_at, .offset = packet.bytes.size()};
}

void become_whole(Step& step, Packet& packet, FragmentQueue& queue, std::uint8_t congestion) {
  const auto place = restore_header(step, packet, std::move(queue.first.header));
  packet.assembled = {
      .max_size = queue.max_size, .begins_at = place.offset, .named_at = place.named_at};
  append_pieces(step, packet, queue);
  const wire::Ipv6Edit header(packet.bytes);
  header.set_payload_length(static_cast<std::uint16_t>(packet.bytes.size() - wire::ipv6::size));
  header.set_traffic_class(header.traffic_class() | congestion);
}

/// nf_ct_frag6_reasm, ip6_frag_reasm.
Collected assemble(Step& step, Packet& packet, FragmentQueue& queue) {
  const auto congestion = congestion_of(step, queue.ecn_seen);
  if (!congestion) return discarded("some fragments know of ECN, some do not: lost");
  const std::size_t headers = queue.first.header.size() - wire::ipv6::size - fragment::size;
  if (headers + queue.length > largest_payload && step.holds(Clause::datagram_above_64k_is_lost)) {
    return discarded("above 65535 bytes: lost");
  }
  become_whole(step, packet, queue, *congestion);
  return {.outcome = Outcome::whole};
}

/// The fragment goes well with what is known of the length: now with the others that are there.
Collected insert(Step& step, Packet& packet, FragmentQueue& queue, const Fragment& part) {
  const wire::ByteView bytes(packet.bytes);
  switch (queue.runs.insert(step, part.extent.from, bytes.subspan(part.payload_at()))) {
    case FragmentRuns::Fit::duplicate:
      return ignored("a duplicate, ignored");
    case FragmentRuns::Fit::overlap:
      return discarded("an overlap: the datagram is lost");
    case FragmentRuns::Fit::fits:
      break;
  }
  const wire::Ipv6View header(packet.bytes);
  remember(step, queue, packet, part.extent, bytes.first(part.payload_at()),
           header.traffic_class());
  queue.max_size = std::max(queue.max_size, static_cast<std::uint32_t>(bytes.size()));
  return is_complete(queue)
             ? assemble(step, packet, queue)
             : Collected{.outcome = Outcome::kept, .why = "kept until the others come"};
}

/// nf_ct_frag6_queue: what does not go with the others is dropped alone, but for an overlap.
Collected add_for_conntrack(Step& step, Packet& packet, FragmentQueue& queue,
                            const Fragment& part) {
  const Extent& extent = part.extent;
  if (extent.to > largest_payload && step.holds(Clause::ipv6_fragment_beyond_64k_is_ignored)) {
    return ignored("beyond 65535 bytes, dropped");
  }
  if (extent.more && extent.to % 8 != 0) {
    if (!step.holds(Clause::ipv6_uneven_fragment_passes)) return ignored("uneven, dropped");
    return {.outcome = Outcome::passed, .why = "uneven: passes alone, the others are lost"};
  }
  const EndFit fit = fit_of_end(queue, extent);
  if (fit == EndFit::second_end) {
    const bool alone = step.holds(Clause::ipv6_second_end_is_ignored);
    return alone ? ignored("a second end, dropped") : discarded("two ends");
  }
  if (fit == EndFit::behind_the_end) {
    const bool alone = step.holds(Clause::ipv6_fragment_behind_the_end_is_ignored);
    return alone ? ignored("behind the end, dropped") : discarded("behind the end");
  }
  learn_length(queue, extent);
  if (extent.from == extent.to) {
    const bool alone = step.holds(Clause::ipv6_empty_fragment_is_ignored);
    return alone ? ignored("empty, dropped") : discarded("empty");
  }
  return insert(step, packet, queue, part);
}

void complain(Step& step, const Packet& packet, Clause clause, std::uint8_t code,
              std::size_t pointer) {
  if (!step.holds(clause)) return;
  icmpv6_send(step, packet,
              {.type = icmpv6::parameter_problem,
               .code = code,
               .rest = static_cast<std::uint32_t>(pointer)});
}

/// ip6_frag_queue: the destination tells the sender what RFC 8200 section 4.5 asks to be told.
Collected add_for_the_box(Step& step, Packet& packet, FragmentQueue& queue, const Fragment& part) {
  const Extent& extent = part.extent;
  if (extent.to > largest_payload) {
    complain(step, packet, Clause::ipv6_fragment_beyond_64k_is_reported, erroneous_field,
             part.place.offset + fragment::word);
    return ignored("beyond 65535 bytes, reported");
  }
  if (extent.more && extent.to % 8 != 0) {
    complain(step, packet, Clause::ipv6_uneven_fragment_is_reported, erroneous_field,
             wire::ipv6::payload_length);
    return ignored("uneven, reported");
  }
  const EndFit fit = fit_of_end(queue, extent);
  if (fit == EndFit::second_end && step.holds(Clause::second_end_discards_the_datagram)) {
    return discarded("two ends: the datagram is lost");
  }
  if (fit == EndFit::behind_the_end &&
      step.holds(Clause::fragment_behind_the_end_discards_the_datagram)) {
    return discarded("behind the end: the datagram is lost");
  }
  learn_length(queue, extent);
  if (extent.from != extent.to) return insert(step, packet, queue, part);
  const bool lost = step.holds(Clause::empty_fragment_discards_the_datagram);
  return lost ? discarded("empty: the datagram is lost") : ignored("empty, ignored");
}

/// RFC 6946 section 4 wants an atomic fragment to meet nobody.
FragmentQueueIterator queue_for(Step& step, const FragmentKey& key, const Fragment& part) {
  const auto queue = find_or_create(step, key);
  const bool others = part.is_atomic() && !queue->runs.empty();
  return others && !step.holds(Clause::atomic_fragment_meets_its_id) ? create(step, key) : queue;
}

Collected collect(Step& step, Packet& packet, const Fragment& part, DefragUser user) {
  const auto queue = queue_for(step, key_of(step.profile(), packet, part, user), part);
  const Collected collected = user == DefragUser::local_deliver
                                  ? add_for_the_box(step, packet, *queue, part)
                                  : add_for_conntrack(step, packet, *queue, part);
  const Outcome outcome = collected.outcome;
  if (outcome == Outcome::whole || outcome == Outcome::discarded || outcome == Outcome::passed) {
    kill(step, queue);
  }
  return collected;
}

/// Whether the fragment header at `at` cannot be made sense of.
bool is_erroneous(const Packet& packet, const Delivery& at) {
  return at.was_fragment || packet.assembled ||
         wire::Ipv6View(packet.bytes).payload_length() == 0 ||
         at.offset + fragment::size > packet.bytes.size();
}

bool put_together(Step& step, Packet& packet, const Fragment& part, Delivery& at) {
  const Collected collected = collect(step, packet, part, DefragUser::local_deliver);
  const bool whole = collected.outcome == Outcome::whole;
  step.walk(Actor::routing, Hook::local_in, 0, "ipv6_frag_rcv", packet,
            whole ? Verdict::accept : Verdict::stolen, [&] { return words(collected, packet); });
  if (!whole) {
    ends(step, packet, Fate::stolen, "kept for reassembly");
    return false;
  }
  at = {.next_header_at = packet.assembled.named_at,
        .offset = packet.assembled.begins_at,
        .was_fragment = true};
  return true;
}

}  // namespace

bool is_fragment_ipv6(const Packet& packet) {
  if (packet.tracked() || wire::Ipv6View(packet.bytes).payload_length() == 0) return false;
  return wire::find_fragment_header(packet.bytes).has_value();
}

Collected collect_ipv6(Step& step, Packet& packet, DefragUser user) {
  const wire::FragmentPlace place = *wire::find_fragment_header(packet.bytes);
  if (lacks_headers(packet.bytes, protocol::fragment, place.offset) &&
      step.holds(Clause::ipv6_first_fragment_has_all_headers)) {
    return {.outcome = Outcome::passed, .why = "not all headers are there: passes alone"};
  }
  const auto part = fragment_at(packet.bytes, place);
  if (!part) return ignored("the fragment header is cut off: dropped");
  if (packet.from_box && wire::Ipv6View(packet.bytes).total_length() != packet.bytes.size()) {
    step.unspecified(Missing::own_fragment_of_wrong_length);
  }
  return collect(step, packet, *part, user);
}

bool deliver_fragment_ipv6(Step& step, Packet& packet, Delivery& at) {
  if (is_erroneous(packet, at)) {
    complain(step, packet, Clause::erroneous_fragment_header_is_reported, erroneous_field,
             at.offset);
    return false;
  }
  const auto part = fragment_at(packet.bytes, {.named_at = at.next_header_at, .offset = at.offset});
  if (part->is_atomic() && step.holds(Clause::atomic_fragment_is_delivered_as_it_is)) {
    at.skip(fragment::size);
    at.was_fragment = true;
    return true;
  }
  const std::uint8_t first = wire::Ipv6View(packet.bytes).next_header();
  if (lacks_headers(packet.bytes, first, wire::ipv6::size)) {
    complain(step, packet, Clause::incomplete_header_chain_is_reported, incomplete_header_chain, 0);
    return false;
  }
  return put_together(step, packet, *part, at);
}

void report_expired_ipv6(Step& step, const FragmentQueue& queue) {
  const Packet cause = first_as_it_waits(step, queue);
  constexpr std::uint8_t reassembly_time = 1;
  icmpv6_send(step, cause, {.type = icmpv6::time_exceeded, .code = reassembly_time});
}

}  // namespace natstep::model
