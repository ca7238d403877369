// SPDX-License-Identifier: GPL-2.0-or-later
// The trackers: one a protocol. Each looks at a packet that belongs (or would belong) to an entry, and says what it means.
#pragma once

#include <cstdint>

#include "model/conn.h"
#include "model/hook.h"
#include "model/wire/bytes.h"

namespace natstep::model {

class Step;

enum class TrackVerdict : std::uint8_t {
  accept,   // the packet belongs to the entry
  invalid,  // -NF_ACCEPT: the packet goes on without an entry
  drop,
  repeat,   // the entry was removed (a connection is reopened): look up again
};

/// What a tracker looks at. `l4` starts at the transport header and ends with the IP packet.
struct TrackedPacket {
  wire::ByteView l3;
  wire::ByteView l4;
  CtInfo ctinfo{};
  Hook hook{};
};

/// nf_conntrack_tcp_packet: state table, window tracking, timeouts.
TrackVerdict track_tcp(Step& step, Conn& conn, const TrackedPacket& packet);
/// nf_conntrack_udp_packet.
TrackVerdict track_udp(Step& step, Conn& conn, const TrackedPacket& packet);
/// nf_conntrack_icmp_packet: queries and their replies; errors are handled before an entry is looked up.
TrackVerdict track_icmp(Step& step, Conn& conn, const TrackedPacket& packet);
/// generic_packet: every other protocol.
TrackVerdict track_generic(Step& step, Conn& conn, const TrackedPacket& packet);

}  // namespace natstep::model
