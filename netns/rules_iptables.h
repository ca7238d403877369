// SPDX-License-Identifier: GPL-2.0-or-later
// iptables rules of the current namespace, through iptables-legacy-restore and iptables-nft-restore
// as child processes.
#pragma once

#include "netns/dut.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::netns {

/// What iptables-restore reads, and where each of its lines came from.
struct RestoreInput {
  std::string text;
  std::vector<int> source_lines;  // [restore line - 1]: 1-based line of the rules' text; 0 for a
                                  // line that has none
};

/// The two programs, each of which knows the tables of one family.
enum class IptablesFamily : std::uint8_t { ipv4, ipv6 };

/// Brings the part of `text` that is for `family` into iptables-restore's form; empty when there is
/// none. An iptables-save file is taken as it is, and is IPv4's; lines of iptables arguments ("-t
/// nat -A PREROUTING ... -j DNAT ...", with or without the word `iptables`, or behind `ip6tables`)
/// are grouped by table, in order.
RestoreInput to_restore_input(std::string_view text, IptablesFamily family = IptablesFamily::ipv4);

/// Adds the rules to the current namespace. Throws EnvironmentError (missing) when the tool is not
/// installed.
std::optional<RuleError> load_iptables(RuleTool tool, std::string_view text);

}  // namespace natstep::netns
