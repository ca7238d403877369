// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_proto_gre.c.
#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/packet.h"
#include "model/wire/gre.h"

namespace natstep::model {

std::optional<Tuple> gre_tuple(Step& step, Tuple tuple, wire::ByteView l4) {
  const bool pptp = l4.size() >= wire::gre::pptp_size && wire::gre::version(l4) == 1;
  if (pptp) {
    if (!step.holds(Clause::gre_call_id_names_the_flow)) tuple.dst_id = 0;
    return tuple;
  }
  const bool keyed = l4.size() >= wire::gre::pptp_size;
  if (keyed && !step.holds(Clause::gre_of_version_0_is_told_by_addresses)) {
    tuple.dst_id = wire::load_be16(&l4[wire::gre::call_id]);
  }
  return tuple;
}

Tracked track_gre(Step& step, Conn& conn, const TrackedPacket& packet) {
  const Settings::Timeouts& timeout = step.settings().timeout;
  const bool stream =
      conn.has(status::seen_reply) && step.holds(Clause::gre_answered_flow_is_stream_at_once);
  const bool own_timeout = step.holds(Clause::gre_flow_has_gre_timeout);
  const std::uint32_t unanswered = own_timeout ? timeout.gre : timeout.generic;
  refresh_acct(step, conn, packet, stream ? timeout.gre_stream : unanswered);
  if (stream && !conn.has(status::nat_clash)) conn.status |= status::assured;
  return {};
}

}  // namespace natstep::model
