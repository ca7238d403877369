// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/conntrack.h"

#include "model/clause_names.h"
#include "model/conntrack/icmp_error.h"
#include "model/conntrack/track.h"
#include "model/helper/helper.h"
#include "model/hook_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/icmpv4.h"
#include "model/wire/sctp.h"

namespace natstep::model {
namespace {

/// What tracking made of a packet: the verdict of the hook function, and a few words for the walk.
struct Handled {
  Verdict verdict = Verdict::accept;
  bool invalid = false;
  std::string_view why;
};

Handled invalid(std::string_view why) {
  return {.invalid = true, .why = why};
}

// --- tuples

/// The tuple of a packet that conntrack has in hand. Identification of ICMP queries and of flows
/// without ports are clauses.
std::optional<Tuple> packet_tuple(Step& step, const Packet& packet, L4Location where) {
  auto tuple = tuple_of(step.profile(), packet.bytes, packet.family(), where);
  if (!tuple) return tuple;
  const wire::ByteView l4 = l4_of(packet.bytes, where);
  switch (where.protocol) {
    case protocol::tcp:
    case protocol::udp:
    case protocol::icmpv6:
    case protocol::sctp:
    case protocol::udplite:
      break;
    case protocol::gre:
      return gre_tuple(step, *tuple, l4);
    case protocol::icmp:
      if (!step.holds(Clause::icmp_identifier_names_the_query)) {
        tuple->src_id = wire::Icmpv4View(l4).seq();
      }
      if (!invert(*tuple) && !step.holds(Clause::icmp_type_without_answer_is_invalid)) {
        tuple->dst_id = wire::icmpv4::echo_request << 8;
      }
      break;
    case protocol::dccp:
      if (step.profile().dccp_conntrack) break;
      [[fallthrough]];
    default:
      if (!step.holds(Clause::generic_flow_has_no_ports) && l4.size() >= 4) {
        tuple->src_id = wire::load_be16(l4.data());
        tuple->dst_id = wire::load_be16(l4.data() + 2);
      }
  }
  return tuple;
}

std::optional<Tuple> reply_tuple(Step& step, const Tuple& tuple) {
  auto reply = invert(tuple);
  if (!reply) return reply;
  if (tuple.protocol == protocol::icmp || tuple.protocol == protocol::icmpv6) {
    if (!step.holds(Clause::icmp_reply_tuple_has_answering_type)) reply->dst_id = tuple.dst_id;
  } else if (!step.holds(Clause::reply_tuple_is_inverse_of_original)) {
    std::swap(reply->src_id, reply->dst_id);
  }
  return reply;
}

// --- lookup and creation

/// early_drop and gc_worker_can_early_drop.
bool may_have_to_go(const Conn& conn, std::uint64_t now) {
  if (!conn.has(status::assured) || ConntrackTable::expired(conn, now)) return true;
  const std::uint8_t number = conn.of(Direction::original).protocol;
  const bool open = number == protocol::tcp && conn.tcp.state == TcpState::established;
  return number != protocol::udp && !open;
}

/// __nf_conntrack_alloc: there is no room for one more, and early_drop makes none.
bool table_is_full(Step& step) {
  const std::size_t most = step.settings().conntrack_max;
  if (most == 0 || step.conntrack().size() < most) return false;
  const auto unsafe = [&](const Conn* conn) { return may_have_to_go(*conn, step.now()); };
  // Packets that wait for user space may have entries that are counted and not in the table.
  if (!step.state().held.empty() || std::ranges::any_of(step.conntrack().entries(), unsafe)) {
    step.unspecified(Missing::early_drop);
    return false;
  }
  return step.holds(Clause::full_table_takes_no_new_flow);
}

/// init_conntrack: an entry that only this packet knows, until it is confirmed.
Conn* init_conntrack(Step& step, const Tuple& tuple, const ConnTemplate& wanted) {
  const auto reply = reply_tuple(step, tuple);
  if (!reply || !step.holds(Clause::unknown_flow_makes_new_entry)) return nullptr;
  Conn* conn = step.conntrack().create();
  conn->tuple = {tuple, *reply};
  if (has_dccp_tracker(step, tuple)) conn->dccp.emplace();
  if (step.holds(Clause::entry_is_made_in_its_packets_zone)) conn->zone = wanted.zone;
  conn->created_at = conn->refreshed_at = step.now();
  const auto expectation = take_expectation(step, tuple, conn->zone);
  if (expectation) begin_expected(step, *conn, *expectation);
  if (wanted.helper &&
      (!expectation || !step.holds(Clause::expected_connection_is_not_helped_by_a_template))) {
    attach_asked_helper(step, *conn, *wanted.helper);
  }
  return conn;
}

CtInfo info_of_new(Step& step, const Conn& conn) {
  if (!conn.has(status::expected)) return CtInfo::is_new;
  return step.holds(Clause::expected_packet_is_related) ? CtInfo::related : CtInfo::is_new;
}

CtInfo ctinfo_of(Step& step, const ConntrackTable::Hit& hit) {
  if (hit.direction == Direction::reply) {
    return step.holds(Clause::reply_is_established) ? CtInfo::established_reply : CtInfo::is_new;
  }
  if (hit.conn->has(status::seen_reply)) {
    return step.holds(Clause::original_after_reply_is_established) ? CtInfo::established
                                                                   : CtInfo::is_new;
  }
  if (hit.conn->has(status::expected)) return info_of_new(step, *hit.conn);
  return step.holds(Clause::original_before_reply_is_new) ? CtInfo::is_new : CtInfo::established;
}

/// An entry whose time is up is removed by the first packet that meets it.
ConntrackTable::Hit find_alive(Step& step, const Tuple& tuple, Zone zone) {
  const Zone looked_in = step.holds(Clause::packet_is_looked_up_in_its_zone) ? zone : Zone{};
  const ConntrackTable::Hit hit = step.conntrack().find_even_expired(tuple, looked_in);
  if (hit.conn == nullptr || !ConntrackTable::expired(*hit.conn, step.now())) return hit;
  if (!step.holds(Clause::expired_entry_is_gone)) return hit;
  step.conntrack().remove(*hit.conn);
  return {};
}

enum class Resolved : std::uint8_t { to_an_entry, to_none, out_of_room };

/// resolve_normal_ct: attaches the packet's entry, old or new.
Resolved resolve_normal_ct(Step& step, Packet& packet, const Tuple& tuple,
                           const ConnTemplate& wanted) {
  const ConntrackTable::Hit hit = find_alive(step, tuple, wanted.zone);
  if (hit.conn != nullptr) {
    ConntrackTable::acquire(*hit.conn);
    packet.conn = hit.conn;
    packet.ctinfo = ctinfo_of(step, hit);
    return Resolved::to_an_entry;
  }
  if (invert(tuple) && table_is_full(step)) return Resolved::out_of_room;
  packet.conn = init_conntrack(step, tuple, wanted);
  if (packet.conn == nullptr) return Resolved::to_none;
  packet.ctinfo = info_of_new(step, *packet.conn);
  return Resolved::to_an_entry;
}

void detach(Step& step, Packet& packet) {
  step.conntrack().release(*packet.conn);
  packet.conn = nullptr;
  packet.ctinfo = CtInfo::is_new;
}

// --- the trackers

/// Both ICMPs have a tracker, which refuses what does not come over its own family.
Tracked track_either_icmp(Step& step, Conn& conn, const TrackedPacket& packet) {
  const bool v6 = conn.of(Direction::original).protocol == protocol::icmpv6;
  if (v6 == is_ipv6(packet.l3)) {
    return v6 ? track_icmpv6(step, conn, packet) : track_icmp(step, conn, packet);
  }
  const Clause clause =
      v6 ? Clause::icmpv6_over_ipv4_is_invalid : Clause::icmp_over_ipv6_is_invalid;
  if (!step.holds(clause)) return track_generic(step, conn, packet);
  return {.verdict = TrackVerdict::invalid, .why = "icmp of the other family"};
}

Tracked handle_packet(Step& step, Conn& conn, const TrackedPacket& packet) {
  switch (conn.of(Direction::original).protocol) {
    case protocol::tcp:
      return track_tcp(step, conn, packet);
    case protocol::udp:
      return track_udp(step, conn, packet);
    case protocol::icmp:
    case protocol::icmpv6:
      return track_either_icmp(step, conn, packet);
    case protocol::udplite:
      return step.profile().udplite_conntrack ? track_udplite(step, conn, packet)
                                              : track_generic(step, conn, packet);
    case protocol::sctp:
      return track_sctp(step, conn, packet);
    case protocol::dccp:
      return conn.dccp ? track_dccp(step, conn, packet) : track_generic(step, conn, packet);
    case protocol::gre:
      return track_gre(step, conn, packet);
    default:
      return track_generic(step, conn, packet);
  }
}

bool is_first_reply(const Packet& packet) {
  return packet.ctinfo == CtInfo::established_reply && !packet.conn->has(status::seen_reply);
}

/// The tracker still sees an entry without reply while it handles the first one.
Tracked handle_and_note_reply(Step& step, Packet& packet, const TrackedPacket& tracked) {
  const bool first_reply = is_first_reply(packet);
  if (first_reply && !step.holds(Clause::tracker_sees_first_reply_unreplied)) {
    packet.conn->status |= status::seen_reply;
  }
  const Tracked result = handle_packet(step, *packet.conn, tracked);
  // Delivery over IPv6 relies on it.
  if (packet.checksum_verified && packet.is_ipv6())
    packet.verified_sum = wire::ones_sum(packet.bytes);
  if (first_reply && result.verdict == TrackVerdict::accept &&
      step.holds(Clause::first_reply_sets_seen_reply)) {
    packet.conn->status |= status::seen_reply;
  }
  return result;
}

/// sctp_error reads the header where it could be written.
void gather_header(Step& step, Packet& packet, Hook hook, L4Location where) {
  if (!packet.assembled || where.protocol != protocol::sctp || !verifies_checksum(step, hook))
    return;
  if (step.holds(Clause::sctp_header_is_gathered_in_the_first_piece))
    packet.assembled.pull_to(where.offset + wire::sctp::size);
}

TrackedPacket tracked_packet(Packet& packet, Hook hook, L4Location where) {
  return {.l3 = packet.bytes,
          .l4 = l4_of(packet.bytes, where),
          .ctinfo = packet.ctinfo,
          .hook = hook,
          .checksum_partial = packet.checksum_partial,
          .checksum_verified = &packet.checksum_verified};
}

/// Finds the packet's entry and lets its tracker judge; a reopened connection is looked up a second
/// time.
Handled track(Step& step, Packet& packet, Hook hook, L4Location where, const ConnTemplate& wanted) {
  for (;;) {
    const auto tuple = packet_tuple(step, packet, where);
    if (!tuple) return invalid("no ports");
    const Resolved resolved = resolve_normal_ct(step, packet, *tuple, wanted);
    if (resolved == Resolved::to_none) return invalid("no entry possible");
    if (resolved == Resolved::out_of_room)
      return {.verdict = Verdict::drop, .why = "the table is full"};
    gather_header(step, packet, hook, where);
    const Tracked result = handle_and_note_reply(step, packet, tracked_packet(packet, hook, where));
    if (result.verdict == TrackVerdict::accept) return {.why = result.why};
    const bool refused = result.verdict == TrackVerdict::invalid;
    if (refused && !step.holds(Clause::invalid_packet_has_no_entry)) return {.why = result.why};
    detach(step, packet);
    if (refused) return invalid(result.why);
    if (result.verdict == TrackVerdict::drop) return {.verdict = Verdict::drop, .why = result.why};
  }
}

// --- the hook function

/// Packets that come by a second time, or that were declared untracked, pass without a look.
bool passes_unseen(Step& step, Packet& packet) {
  if (packet.untracked) {
    if (step.holds(Clause::untracked_packet_stays_untracked)) return true;
    packet.untracked = false;
    return false;
  }
  if (packet.conn == nullptr) return false;
  if (step.holds(Clause::tracked_packet_is_not_tracked_again)) return true;
  detach(step, packet);
  return false;
}

/// nf_ct_zone_tmpl: what a rule asked for, with the zone that the packet's mark may name. It is
/// used up.
ConnTemplate take_template(Step& step, Packet& packet) {
  if (!packet.conn_template) return {};
  ConnTemplate wanted = *packet.conn_template;
  packet.conn_template.reset();
  Zone& zone = wanted.zone;
  if (wanted.zone_from_mark && step.holds(Clause::zone_may_be_the_mark)) {
    zone.id = static_cast<std::uint16_t>(packet.mark);
  }
  if (zone.directions != ZoneDirections::both &&
      !step.holds(Clause::zone_of_one_direction_counts_there_only)) {
    zone.directions = ZoneDirections::both;
  }
  return wanted;
}

Handled handle(Step& step, Packet& packet, Hook hook) {
  if (passes_unseen(step, packet))
    return {.why = packet.untracked ? "untracked" : "already tracked"};
  packet.ctinfo = CtInfo::is_new;
  const ConnTemplate wanted = take_template(step, packet);
  const auto where = locate_l4(packet.bytes);
  if (!where || where->offset == 0) return invalid("ip header");
  if (where->protocol == (packet.is_ipv6() ? protocol::icmpv6 : protocol::icmp)) {
    const IcmpErrorCheck check =
        packet.is_ipv6() ? conntrack_icmpv6_error(step, packet, hook, *where, wanted.zone)
                         : conntrack_icmp_error(step, packet, hook, where->offset, wanted.zone);
    if (check.result == IcmpErrorResult::invalid) return invalid(check.why);
    if (check.result == IcmpErrorResult::related) return {.why = "icmp error"};
    if (check.result == IcmpErrorResult::untracked) return {.why = "untracked"};
  }
  return track(step, packet, hook, *where, wanted);
}

std::string in_words(const Packet& packet) {
  const bool confirmed = packet.conn->has(status::confirmed);
  switch (packet.ctinfo) {
    case CtInfo::is_new:
      return confirmed ? "new, entry known" : "new connection, unconfirmed";
    case CtInfo::established:
      return "established, original direction";
    case CtInfo::established_reply:
      return "established, reply direction";
    case CtInfo::related:
      return "related, original direction";
    case CtInfo::related_reply:
      return "related, reply direction";
    case CtInfo::untracked:
      break;
  }
  return "untracked";
}

std::string in_words(const Packet& packet, const Handled& handled) {
  if (handled.invalid) return "invalid: " + std::string(handled.why);
  if (packet.conn == nullptr) return std::string(handled.why);
  std::string words = in_words(packet);
  if (!handled.why.empty()) words += ": " + std::string(handled.why);
  return words;
}

}  // namespace

Verdict conntrack_in(Step& step, Packet& packet, Hook hook) {
  const Handled handled = handle(step, packet, hook);
  step.walk(Actor::conntrack, hook, priority::conntrack, packet, handled.verdict,
            [&] { return in_words(packet, handled); });
  return handled.verdict;
}

}  // namespace natstep::model
