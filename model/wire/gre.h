// SPDX-License-Identifier: GPL-2.0-or-later
// GRE: field offsets of what conntrack and NAT look at. RFC 2784 and RFC 2890 (version 0), RFC 2637
// section 4.1 (version 1, for PPTP).
#pragma once

#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>

namespace natstep::wire::gre {

inline constexpr std::size_t flags = 0;
inline constexpr std::size_t protocol = 2;
inline constexpr std::size_t size = 4;  // version 0; what its flags announce follows
inline constexpr std::size_t payload_length = 4;
inline constexpr std::size_t call_id = 6;
inline constexpr std::size_t pptp_size = 8;  // version 1 up to the call id

inline constexpr std::uint16_t version_mask = 0x0007;
inline constexpr std::uint16_t key_present = 0x2000;
inline constexpr std::uint16_t protocol_ipv4 = 0x0800;
inline constexpr std::uint16_t protocol_ppp = 0x880b;

/// The version of the header that starts `bytes`, of which two must be there.
constexpr std::uint16_t version(ByteView bytes) {
  return load_be16(&bytes[flags]) & version_mask;
}
/// What a PPTP header begins with: version 1, and the word for length and call id.
inline constexpr std::uint16_t pptp_flags = key_present | 1;

}  // namespace natstep::wire::gre
