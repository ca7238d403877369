// SPDX-License-Identifier: GPL-2.0-or-later
// Packet rewriting: touches bytes, chooses nothing. Source: net/netfilter/nf_nat_proto.c.
#pragma once

#include "model/conntrack/conn.h"
#include "model/conntrack/tuple.h"
#include "model/hook.h"
#include "model/rules/ruleset.h"
#include "model/wire/bytes.h"

namespace natstep::model {

struct Packet;
class Step;

/// nf_nat_packet: translates a packet of a known entry at `hook`, when the entry's status bits ask
/// for it.
Verdict nat_packet(Step& step, Packet& packet, Hook hook);

/// Whether the bytes at hand are a packet of their own, or one that an ICMP error quotes.
enum class Quoted : std::uint8_t { no, yes };

/// nf_nat_ipv4_manip_pkt and nf_nat_ipv6_manip_pkt: writes the `type` side of `target` into the
/// packet of the same family that starts at `packet[0]` and ends with the span. The span may be a
/// whole packet or one embedded in an ICMP error, where only the first bytes of the L4 header are
/// present. False when the bytes that the kernel insists on are missing; the packet is then
/// dropped.
bool manip_pkt(Step& step, wire::MutableByteView packet, const Tuple& target, ManipType type,
               Quoted quoted);

/// nf_nat_icmp_reply_translation: translates an ICMP error, outer header and embedded packet.
Verdict icmp_reply_translation(Step& step, Packet& packet, Hook hook);

}  // namespace natstep::model
