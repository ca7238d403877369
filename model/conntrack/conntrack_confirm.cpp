// SPDX-License-Identifier: GPL-2.0-or-later
// Confirmation: the entry of a first packet enters the table on the packet's way out, or clashes
// with one that is there. Source: net/netfilter/nf_conntrack_core.c, __nf_conntrack_confirm and
// nf_ct_resolve_clash.
#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/helper/seqadj.h"
#include "model/hook_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/protocol.h"

namespace natstep::model {
namespace {

struct Confirmed {
  Verdict verdict = Verdict::accept;
  std::string_view what;
};

bool same_flow(const Conn& stored, const Conn& loser) {
  return stored.tuple == loser.tuple && stored.zone == loser.zone;
}

/// nf_ct_match_reverse.
bool mirrored_flow(const Conn& stored, const Conn& loser) {
  using enum Direction;
  return stored.of(original) == loser.of(reply) && stored.of(reply) == loser.of(original) &&
         stored.zone.in(original) == loser.zone.in(reply) &&
         stored.zone.in(reply) == loser.zone.in(original);
}

bool can_merge(const Profile& profile, const Conn& stored, const Conn& loser) {
  if (same_flow(stored, loser)) return true;
  if (profile.mirrored_clash_merges) return mirrored_flow(stored, loser);
  // Until 6.6 an entry that NAT has not touched took in whatever clashed with it.
  return !stored.has(status::dying) &&
         (stored.status & (status::src_nat_done | status::dst_nat_done)) == 0;
}

/// nf_ct_acct_merge: the packet moves over to the stored entry, and its bytes with it; its own
/// entry vanishes.
void merge(Step& step, Packet& packet, Conn& stored) {
  const std::size_t direction = index(direction_of(packet.ctinfo));
  if (step.holds(Clause::merged_packet_counts_there)) {
    stored.counters[direction].packets += 1;
    stored.counters[direction].bytes += packet.conn->counters[direction].bytes;
  }
  ConntrackTable::acquire(stored);
  step.conntrack().release(*packet.conn);
  packet.conn = &stored;
}

/// nf_ct_resolve_clash_harder: only the original tuple is taken, so the entry stands under its
/// reply tuple for one second.
void insert_for_replies(Step& step, Conn& conn) {
  conn.status |= status::fixed_timeout | status::nat_clash;
  conn.timeout = 1;
  conn.refreshed_at = step.now();
  step.conntrack().insert_reply_only(conn);
}

Confirmed drop_clashing(Step& step) {
  if (!step.holds(Clause::clash_drops_packet_at_confirm)) return {.what = "not confirmed"};
  return {.verdict = Verdict::drop, .what = "clash: the reply tuple is taken"};
}

Clause merging_clause(const Conn& stored, const Conn& loser) {
  return same_flow(stored, loser) ? Clause::clash_of_one_flow_merges
                                  : Clause::clash_with_the_way_back_merges;
}

/// __nf_ct_resolve_clash.
bool merges(Step& step, Packet& packet, Conn& stored) {
  if (!can_merge(step.profile(), stored, *packet.conn)) return false;
  if (!step.holds(merging_clause(stored, *packet.conn))) return false;
  merge(step, packet, stored);
  return true;
}

Confirmed resolve_clash(Step& step, Packet& packet, Conn& stored, Conn* reply_taken_by) {
  constexpr Confirmed merged{.what = "clash: merged with the stored entry"};
  if (!allows_clash(step.profile(), stored.of(Direction::original).protocol) &&
      step.holds(Clause::some_protocols_never_clash)) {
    return drop_clashing(step);
  }
  if (merges(step, packet, stored)) return merged;
  if (reply_taken_by == nullptr) {
    if (!step.holds(Clause::clash_of_two_mappings_serves_replies)) return drop_clashing(step);
    insert_for_replies(step, *packet.conn);
    return {.what = "clash: confirmed for replies only"};
  }
  return merges(step, packet, *reply_taken_by) ? merged : drop_clashing(step);
}

/// nf_ct_key_equal compares zones in the direction in which the other entry has the tuple. Where a
/// zone counts in one direction, that is not the zone in which this entry has it.
Conn* overlooked(Step& step, const Conn& conn, Direction side) {
  if (conn.zone.directions == ZoneDirections::both) return nullptr;
  Conn* holder = step.conntrack().find_even_expired(conn.of(side), conn.zone.in(side)).conn;
  if (holder == nullptr || step.holds(Clause::one_way_zone_hides_a_taken_tuple)) return nullptr;
  return holder;
}

/// The confirmed entry that holds the tuple of `side`. Unlike a packet's lookup, confirmation does
/// not look at the clock.
Conn* holder_of(Step& step, const Conn& conn, Direction side) {
  Conn* holder = tuple_holder(step, conn.of(side), conn.zone, side);
  if (holder == nullptr) holder = overlooked(step, conn, side);
  if (holder == nullptr || !ConntrackTable::expired(*holder, step.now())) return holder;
  step.unspecified(Missing::expired_entry_still_there);
  step.conntrack().remove(*holder);
  return nullptr;
}

Confirmed confirm(Step& step, Packet& packet) {
  Conn& conn = *packet.conn;
  if (conn.has(status::confirmed)) return {.what = "already confirmed"};
  if (direction_of(packet.ctinfo) == Direction::reply &&
      step.holds(Clause::answer_to_unconfirmed_packet_does_not_confirm)) {
    return {.what = "an answer does not confirm"};
  }
  Conn* original_taken_by = holder_of(step, conn, Direction::original);
  Conn* reply_taken_by = holder_of(step, conn, Direction::reply);
  Conn* stored = original_taken_by != nullptr ? original_taken_by : reply_taken_by;
  if (stored != nullptr) return resolve_clash(step, packet, *stored, reply_taken_by);
  if (!step.holds(Clause::first_packet_confirms_entry)) return {.what = "not confirmed"};
  conn.refreshed_at = step.now();  // the timeout counts from here
  step.conntrack().insert(conn);
  return {.what = "confirmed"};
}

/// The numbers are adjusted for what the helper did to earlier packets.
Confirmed adjust_and_confirm(Step& step, Packet& packet) {
  if (packet.adjustment_due && !adjust_numbers(step, packet)) {
    return {.verdict = Verdict::drop, .what = "the sequence numbers cannot be adjusted"};
  }
  return confirm(step, packet);
}

}  // namespace

bool allows_clash(const Profile& profile, std::uint8_t protocol) {
  switch (protocol) {
    case protocol::tcp:
      return false;
    case protocol::udp:
      return true;
    case protocol::icmp:
      return profile.icmp_clash_resolution;
    case protocol::sctp:
      return false;
    case protocol::udplite:
      return profile.udplite_conntrack || profile.generic_clash_resolution;
    case protocol::dccp:
      return !profile.dccp_conntrack && profile.generic_clash_resolution;
    case protocol::gre:
      return profile.gre_clash_resolution;
    default:
      return profile.generic_clash_resolution;
  }
}

Verdict conntrack_confirm(Step& step, Packet& packet, Hook hook) {
  const Confirmed result =
      packet.tracked() ? adjust_and_confirm(step, packet) : Confirmed{.what = "no entry"};
  step.walk(Actor::confirm, hook, priority::conntrack_confirm, packet, result.verdict,
            [&] { return std::string(result.what); });
  return result.verdict;
}

Conn* tuple_holder(Step& step, const Tuple& tuple, Zone zone, Direction side) {
  const ConntrackTable& table = step.conntrack();
  const bool one_chain = step.profile().zone_is_hashed;
  return (one_chain ? table.find_hashed(tuple, zone, side) : table.find_even_expired(tuple, zone))
      .conn;
}

}  // namespace natstep::model
