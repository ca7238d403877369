// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_proto_gre.c.
#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/packet.h"
#include "model/wire/gre.h"

namespace natstep::model {

namespace {

/// What the flow keeps for its life, even when the settings change.
GreTrack timeouts_at_first(Step& step, const Conn& conn) {
  const Settings::Timeouts& timeout = timeouts_of(step, conn);
  return {.timeout = step.holds(Clause::gre_flow_has_gre_timeout) ? timeout.gre : timeout.generic,
          .stream_timeout = timeout.gre_stream};
}

bool takes_timeouts(Step& step, const Conn& conn) {
  if (conn.written) return !step.holds(Clause::written_gre_flow_has_no_timeouts);
  return !conn.has(status::confirmed) || !step.holds(Clause::gre_flow_keeps_its_first_timeouts);
}

}  // namespace

std::optional<Tuple> gre_tuple(Step& step, Tuple tuple, wire::ByteView l4) {
  const bool pptp = l4.size() >= wire::gre::pptp_size && wire::gre::version(l4) == 1;
  if (pptp) {
    if (!step.holds(Clause::gre_call_id_names_the_flow)) tuple.dst_id = 0;
    const auto key = step.conntrack().gre_keys().sender_key(tuple);
    if (key && step.holds(Clause::gre_key_of_the_sender_is_remembered)) tuple.src_id = *key;
    return tuple;
  }
  const bool keyed = l4.size() >= wire::gre::pptp_size;
  if (keyed && !step.holds(Clause::gre_of_version_0_is_told_by_addresses)) {
    tuple.dst_id = wire::load_be16(&l4[wire::gre::call_id]);
  }
  return tuple;
}

Tracked track_gre(Step& step, Conn& conn, const TrackedPacket& packet) {
  if (takes_timeouts(step, conn)) conn.gre = timeouts_at_first(step, conn);
  const bool stream =
      conn.has(status::seen_reply) && step.holds(Clause::gre_answered_flow_is_stream_at_once);
  refresh_acct(step, conn, packet, stream ? conn.gre.stream_timeout : conn.gre.timeout);
  if (stream && !conn.has(status::nat_clash)) conn.status |= status::assured;
  return {};
}

}  // namespace natstep::model
