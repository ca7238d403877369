// SPDX-License-Identifier: GPL-2.0-or-later
// The protocol numbers that conntrack and NAT tell apart. Source: IANA protocol numbers.
#pragma once

#include <cstdint>

namespace natstep::model::protocol {

inline constexpr std::uint8_t icmp = 1;
inline constexpr std::uint8_t tcp = 6;
inline constexpr std::uint8_t udp = 17;
inline constexpr std::uint8_t dccp = 33;
inline constexpr std::uint8_t gre = 47;
inline constexpr std::uint8_t icmpv6 = 58;
inline constexpr std::uint8_t sctp = 132;
inline constexpr std::uint8_t udplite = 136;

}  // namespace natstep::model::protocol
