// SPDX-License-Identifier: GPL-2.0-or-later
// The MIB counters of the current network namespace (/proc/net/snmp, /proc/net/snmp6).
#pragma once

namespace natstep::netns {

/// Whether the namespace may remember what it received, sent or reassembled itself: fragments that
/// wait for others, rate limits of a peer, path MTUs. Forwarding leaves nothing; nor does an answer
/// to an echo request, to a datagram or segment that nobody awaits, or to a packet that goes no
/// further, as long as the limits of ICMP are off (write_default_sysctls).
bool may_remember();

}  // namespace natstep::netns
