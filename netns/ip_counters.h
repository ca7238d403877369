// SPDX-License-Identifier: GPL-2.0-or-later
// The MIB counters of the current network namespace (/proc/net/snmp, /proc/net/snmp6).
#pragma once

namespace natstep::netns {

/// Has the namespace done nothing but forward? Whatever it received, sent or reassembled itself may
/// have left traces that no one can take back: fragments, rate limits of a peer, path MTUs.
bool only_forwarded();

}  // namespace natstep::netns
