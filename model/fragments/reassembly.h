// SPDX-License-Identifier: GPL-2.0-or-later
// Fragments on their way to become a datagram again. Source: net/ipv4/ip_fragment.c,
// net/ipv4/netfilter/nf_defrag_ipv4.c; RFC 791 section 3.2, RFC 815.
#pragma once

#include "model/fragments/fragment_queue.h"
#include "model/hook.h"

namespace natstep::model {

struct Packet;
class Step;

/// ipv4_conntrack_defrag, and for IPv6 what stands in ipv6_path.h: a fragment is stolen until its
/// datagram is whole. The packet that makes it whole goes on as the datagram.
Verdict conntrack_defrag(Step& step, Packet& packet, Hook hook);

/// ip_local_deliver: the same for fragments that reach the box. False when the packet is kept or
/// lost.
bool defrag_to_deliver(Step& step, Packet& packet);

/// ip_expire: gives up what has waited too long, before the next stimulus comes.
void expire_fragments(Step& step);

}  // namespace natstep::model
