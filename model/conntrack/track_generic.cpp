// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_core.c, generic_packet.
#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/packet.h"

namespace natstep::model {

Tracked track_generic(Step& step, Conn& conn, const TrackedPacket& packet) {
  const Settings::Timeouts& timeout = step.settings().timeout;
  const bool holds = step.holds(Clause::generic_flow_has_generic_timeout);
  refresh_acct(step, conn, packet, holds ? timeout.generic : timeout.udp);
  return {};
}

}  // namespace natstep::model
