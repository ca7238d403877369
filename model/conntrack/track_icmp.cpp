// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_proto_icmp.c, nf_conntrack_icmp_packet.
#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/packet.h"
#include "model/wire/icmpv4.h"

namespace natstep::model {
namespace {

bool opens_an_entry(const Conn& conn) {
  switch (conn.of(Direction::original).dst_id >> 8) {
    case wire::icmpv4::echo_request:
    case wire::icmpv4::timestamp_request:
    case wire::icmpv4::information_request:
    case wire::icmpv4::address_mask_request:
      return true;
    default:
      return false;
  }
}

}  // namespace

Tracked track_icmp(Step& step, Conn& conn, const TrackedPacket& packet) {
  if (!opens_an_entry(conn) && step.holds(Clause::icmp_answer_opens_no_entry)) {
    return {.verdict = TrackVerdict::invalid, .why = "icmp answer to nothing"};
  }
  refresh_acct(step, conn, packet, step.settings().timeout.icmp);
  return {};
}

}  // namespace natstep::model
