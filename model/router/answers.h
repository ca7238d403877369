// SPDX-License-Identifier: GPL-2.0-or-later
// The packets that the box itself sends: ICMP errors, echo replies, TCP resets. The box has no
// sockets. Source: net/ipv4/icmp.c, net/ipv4/{udp,tcp_ipv4}.c, net/ipv4/ip_input.c
// (ip_protocol_deliver_rcu).
#pragma once

#include "model/router/route.h"
#include "model/wire/ipv4.h"

#include <cstdint>

namespace natstep::model {

struct Packet;
class Step;

struct IcmpError {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;  // the four bytes behind the checksum
};

/// Protocols for which a kernel may or may not have a handler.
bool handler_depends_on_the_kernel(std::uint8_t number);

/// nf_reset_ct: the stack needs the entry no longer, and an error that follows has none.
void forget_entry(Step& step, Packet& packet);

/// nf_ct_attach: an error travels against the packet that caused it, and belongs to its entry.
void inherit_entry(Step& step, Packet& packet, const Packet& cause);

/// __ip_select_ident: fills in the identification, which is for the kernel to choose, and the
/// checksum. Expects a valid checksum over an identification of zero.
void choose_ip_id(Step& step, wire::Ipv4Edit header);

/// icmp_send: complains about `cause` to its sender, unless RFC 1122 section 3.2.2 forbids it.
/// `route` is how `cause` was routed.
void icmp_send(Step& step, const Packet& cause, RouteKind route, const IcmpError& error);

/// nf_send_reset: answers the segment `cause` with a reset that claims to come from where `cause`
/// was going, and belongs to its entry.
void send_reject_reset(Step& step, const Packet& cause);

/// ip_protocol_deliver_rcu: what the box's own stack makes of a packet that passed LOCAL_IN.
void deliver(Step& step, Packet& packet, RouteKind route);

}  // namespace natstep::model
