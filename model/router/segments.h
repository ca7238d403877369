// SPDX-License-Identifier: GPL-2.0-or-later
// Packets of many segments (GSO): hooks, conntrack and NAT see such a packet once; what leaves are
// its segments. Source: net/core/gso.c, net/ipv4/{af_inet,tcp_offload,udp_offload}.c.
#pragma once

#include "model/wire/bytes.h"

#include <cstdint>
#include <vector>

namespace natstep::model {

struct Packet;
class Step;

/// skb_gso_validate_network_len: whether each segment of the packet, headers included, fits `mtu`.
/// False for a packet that is one itself.
bool segments_fit(const Packet& packet, std::uint32_t mtu);

/// True for a packet of TCP that is taken for many segments and is one: nobody can cut it.
bool is_one_segment_after_all(const Packet& packet);

/// skb_gso_segment: the segments of `packet`, with their checksums complete.
std::vector<wire::Bytes> cut_into_segments(Step& step, const Packet& packet);

}  // namespace natstep::model
