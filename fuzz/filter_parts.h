// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of a box beside those that map: chains of a filter table, and whole blocks in other words.
// An entry is never moved, so that programs mean the same as before; new ones come at the end.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace natstep::fuzz {

/// Whether rules count the packets that they see, which no one can take back.
enum class Counts : std::uint8_t { no, yes };

/// A sentence for IPv4 and the like of it for IPv6; either may be empty.
struct RulePart {
  std::string_view ipv4;
  std::string_view ipv6 = {};
  Counts counts = Counts::no;
};
std::span<const RulePart> filter_parts();

/// What stands between the braces behind `iptables`, or behind `nft`. Lines for IPv6 follow where
/// there is IPv6.
struct BlockPart {
  std::string_view tool = {};
  std::string_view text = {};
  std::string_view ipv6 = {};
  Counts counts = Counts::no;
};
std::span<const BlockPart> block_parts();
/// As a scenario has it.
std::string block_text(const BlockPart& part, bool ipv6);

}  // namespace natstep::fuzz
