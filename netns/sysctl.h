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

/// Whether entries of this namespace count packets: a rule that asks for counters turns them on,
/// and nothing turns them off again.
bool flows_are_counted();

/// Turns forwarding of IPv6 on. Only once the ports are quiet: one that still takes part in
/// multicast would join the group of all routers and report it (dev_forward_change).
void forward_ipv6();

}  // namespace natstep::netns
