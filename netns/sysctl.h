// SPDX-License-Identifier: GPL-2.0-or-later
// Sysctls of the current network namespace, through /proc/sys/net.
#pragma once

#include "netns/observation.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::netns {

/// Writes one sysctl; `key` is dotted, with '/' for a dot inside a name, as sysctl(8) has it.
/// Returns why it was refused, if it was. Only keys under "net." are taken: all others belong to
/// the machine.
std::optional<std::string> write_sysctl(std::string_view key, std::string_view value);

/// What a sysctl says, as a write would have it; nothing when it cannot be read.
std::optional<std::string> read_sysctl(std::string_view key);

/// Whether a sysctl only says what conntrack does with packets to come: with its old value all is
/// as it was.
bool can_be_undone(std::string_view key);

/// Which protocol families a box speaks.
enum class Families { ipv4, ipv4_and_ipv6 };

/// Makes the namespace predictable: it forwards, filters and limits nothing by itself, sends
/// nothing unasked, and tells conntrack events. Ports that are made afterwards inherit it. Throws
/// EnvironmentError.
void write_default_sysctls(Families families);

/// What write_default_sysctls and forward_ipv6 write, for those who build the same namespace by
/// other means. Some kernels lack some of them.
struct DefaultSysctls {
  std::vector<SysctlSpec> before_ports;
  std::vector<SysctlSpec> behind_ports;
};
DefaultSysctls default_sysctls(Families families);

/// Turns forwarding of IPv6 on. Only once the ports are quiet: one that still takes part in
/// multicast would join the group of all routers and report it (dev_forward_change).
void forward_ipv6();

}  // namespace natstep::netns
