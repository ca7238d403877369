// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_proto_icmpv6.c, nf_conntrack_icmpv6_packet.
#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/packet.h"
#include "model/wire/icmpv6.h"

namespace natstep::model {
namespace {

bool opens_an_entry(const Conn& conn) {
  const auto type = static_cast<std::uint8_t>(conn.of(Direction::original).dst_id >> 8);
  return type == wire::icmpv6::echo_request || type == wire::icmpv6::node_information_query;
}

}  // namespace

Tracked track_icmpv6(Step& step, Conn& conn, const TrackedPacket& packet) {
  if (!conn.has(status::confirmed) && !opens_an_entry(conn) &&
      step.holds(Clause::icmpv6_answer_opens_no_entry)) {
    return {.verdict = TrackVerdict::invalid, .why = "icmpv6 answer to nothing"};
  }
  refresh_acct(step, conn, packet, step.settings().timeout.icmpv6);
  return {};
}

}  // namespace natstep::model
