// SPDX-License-Identifier: GPL-2.0-or-later
// The trackers: one a protocol. Each looks at a packet that belongs (or would belong) to an entry,
// and says what it means.
#pragma once

#include "model/conntrack/conn.h"
#include "model/hook.h"
#include "model/wire/bytes.h"

#include <cstdint>
#include <string_view>

namespace natstep::model {

class Step;

enum class TrackVerdict : std::uint8_t {
  accept,   // the packet belongs to the entry
  invalid,  // -NF_ACCEPT: the packet goes on without an entry
  drop,
  repeat,  // the entry was removed (a connection is reopened): look up again
};

/// A verdict, and why in a few words for the walk: "bad checksum"; empty when there is nothing to
/// say.
struct Tracked {
  TrackVerdict verdict = TrackVerdict::accept;
  std::string_view why{};
};

/// What a tracker looks at. `l4` starts at the transport header and ends with the IP packet.
struct TrackedPacket {
  wire::ByteView l3;
  wire::ByteView l4;
  CtInfo ctinfo{};
  Hook hook{};
  bool checksum_partial = false;      // see Packet
  bool* checksum_verified = nullptr;  // Packet's, which the tracker sets
};

/// nf_conntrack_tcp_packet: state table, window tracking, timeouts.
Tracked track_tcp(Step& step, Conn& conn, const TrackedPacket& packet);
/// nf_conntrack_udp_packet.
Tracked track_udp(Step& step, Conn& conn, const TrackedPacket& packet);
/// nf_conntrack_icmp_packet: queries and their replies; errors are handled before an entry is
/// looked up.
Tracked track_icmp(Step& step, Conn& conn, const TrackedPacket& packet);
/// nf_conntrack_icmpv6_packet, likewise.
Tracked track_icmpv6(Step& step, Conn& conn, const TrackedPacket& packet);
/// nf_conntrack_udplite_packet.
Tracked track_udplite(Step& step, Conn& conn, const TrackedPacket& packet);
/// nf_conntrack_sctp_packet: chunks, verification tags, states.
Tracked track_sctp(Step& step, Conn& conn, const TrackedPacket& packet);
/// Whether a flow with this tuple is DCCP that the kernel has a tracker for.
bool has_dccp_tracker(Step& step, const Tuple& tuple);
/// nf_conntrack_dccp_packet: types of packets, states, roles.
Tracked track_dccp(Step& step, Conn& conn, const TrackedPacket& packet);
/// nf_conntrack_gre_packet.
Tracked track_gre(Step& step, Conn& conn, const TrackedPacket& packet);
/// gre_pkt_to_tuple: what tells GRE flows apart; `tuple` is as the packet says, `l4` starts at the
/// GRE header.
std::optional<Tuple> gre_tuple(Step& step, Tuple tuple, wire::ByteView l4);
/// generic_packet: every other protocol.
Tracked track_generic(Step& step, Conn& conn, const TrackedPacket& packet);

// What the trackers share.

/// nf_ct_timeout_lookup: those of the entry's policy, or those of the box.
const Settings::Timeouts& timeouts_of(Step& step, const Conn& conn);
/// nf_ct_refresh: the entry lives `timeout` more seconds from now, unless somebody has fixed that.
void refresh(Step& step, Conn& conn, std::uint32_t timeout);
/// nf_ct_refresh_acct: the entry lives `timeout` more seconds from now, and the packet is counted.
void refresh_acct(Step& step, Conn& conn, const TrackedPacket& packet, std::uint32_t timeout);
/// nf_ct_acct_update: the packet is counted, the timeout stays.
void count(Step& step, Conn& conn, const TrackedPacket& packet);

/// Whether conntrack looks at L4 checksums at `hook`: of what comes in from outside, unless
/// nf_conntrack_checksum is off.
bool verifies_checksum(Step& step, Hook hook);
/// The same for TCP and UDP, whose sum may be left to a device.
bool verifies_checksum(Step& step, const TrackedPacket& packet);
/// The packet's checksum over `covered`; when it is right, the packet remembers that.
bool verify_checksum(const TrackedPacket& packet, wire::ByteView covered, std::uint8_t protocol);
/// nf_ip_checksum and nf_ip6_checksum for TCP and UDP: the sum runs over everything behind the IP
/// header, and so does the pseudo-header's length.
bool l4_checksum_valid(wire::ByteView l3, wire::ByteView l4, std::uint8_t protocol);

}  // namespace natstep::model
