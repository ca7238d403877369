// SPDX-License-Identifier: GPL-2.0-or-later
// The packets that the box itself sends over IPv6: ICMPv6 errors, echo replies, TCP resets. Source:
// net/ipv6/icmp.c, net/ipv6/{udp,tcp_ipv6}.c, net/ipv6/ip6_input.c (ip6_protocol_deliver_rcu).
#pragma once

#include "model/router/answers.h"

namespace natstep::model {

// Codes of an ICMPv6 parameter problem.
inline constexpr std::uint8_t erroneous_field = 0;
inline constexpr std::uint8_t unknown_next_header = 1;
inline constexpr std::uint8_t unknown_option = 2;

/// icmp6_send: complains about `cause` to its sender, unless RFC 4443 section 2.4 (e) forbids it.
void icmpv6_send(Step& step, const Packet& cause, const IcmpError& error);

/// nf_send_reset6: answers the segment `cause` with a reset that claims to come from where `cause`
/// was going, and belongs to its entry.
void send_reject_reset_ipv6(Step& step, const Packet& cause);

/// ip6_protocol_deliver_rcu: what the box's own stack makes of a packet that passed LOCAL_IN.
void deliver_ipv6(Step& step, Packet& packet);

}  // namespace natstep::model
