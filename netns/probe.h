// SPDX-License-Identifier: GPL-2.0-or-later
// What natstep needs of the machine. Each function brings about what it can within natstep's own
// namespaces and otherwise throws EnvironmentError (missing), which says exactly what is missing
// and how to get it.
#pragma once

#include "netns/unique_fd.h"

namespace natstep::netns {

/// /proc. Mounted privately, in a mount namespace of our own, where it is absent (the only process
/// of a minimal guest).
void require_proc();

/// An open TUN control descriptor in the current network namespace. The device node is made on a
/// detached file system where /dev does not have it.
UniqueFd open_tun();

/// Asks ctnetlink, nf_tables and nfnetlink_log of the current namespace whether they are there;
/// asking loads their modules.
void require_netfilter();

/// Which signatures of TCP segments the running kernel was built with: CONFIG_TCP_MD5SIG (RFC 2385)
/// and CONFIG_TCP_AO (RFC 5925).
struct TcpSignatures {
  bool md5 = false;
  bool ao = false;
};
TcpSignatures tcp_signatures();

}  // namespace natstep::netns
