// SPDX-License-Identifier: GPL-2.0-or-later
// Entries that user space writes, as a standby box does with those of its partner. Source:
// net/netfilter/nf_conntrack_netlink.c (ctnetlink_create_conntrack, ctnetlink_change_conntrack),
// net/netfilter/nf_nat_core.c (nfnetlink_parse_nat_setup).
#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/event.h"
#include "model/nat/nat.h"
#include "model/packet.h"

namespace natstep::model {
namespace {

/// A range of the one address that the entry has anyway.
NatRange null_range(const Conn& conn, ManipType type) {
  const Tuple& reply = conn.of(Direction::reply);
  NatRange range;
  range.min_address = range.max_address = type == ManipType::src ? reply.dst : reply.src;
  return range;
}

/// ctnetlink_setup_nat: who gives one mapping gives the other as well, be it none.
void map(Step& step, Conn& conn, const EntryCreated& event) {
  if (!event.source && !event.destination) return;
  if (!step.holds(Clause::written_mapping_is_made_like_a_rules)) return;
  setup_info(step, conn, event.destination.value_or(null_range(conn, ManipType::dst)),
             ManipType::dst);
  setup_info(step, conn, event.source.value_or(null_range(conn, ManipType::src)), ManipType::src);
}

void write(Step& step, Conn& conn, const EntryValues& values) {
  if (values.timeout) {
    conn.timeout = *values.timeout;
    conn.refreshed_at = step.now();
  }
  conn.status |= values.status;
  if (values.mark) conn.mark = *values.mark;
  if (values.tcp_state) conn.tcp.state = *values.tcp_state;
}

}  // namespace

void create_entry(Step& step, const EntryCreated& event) {
  if (!step.holds(Clause::user_space_makes_entries)) return;
  Conn& conn = *step.conntrack().create();
  conn.tuple = {event.original, event.reply};
  if (has_dccp_tracker(step, event.original)) conn.dccp.emplace();
  conn.zone = event.zone;
  conn.written = true;
  conn.created_at = conn.refreshed_at = step.now();
  map(step, conn, event);
  conn.status |= status::confirmed;
  write(step, conn, event.values);
  step.conntrack().insert(conn);
  step.conntrack().release(conn);
}

void update_entry(Step& step, const EntryUpdated& event) {
  if (!step.holds(Clause::user_space_changes_entries)) return;
  const auto hit = step.conntrack().find_even_expired(event.tuple, event.zone);
  if (hit.conn != nullptr) write(step, *hit.conn, event.values);
}

}  // namespace natstep::model
