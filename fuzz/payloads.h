// SPDX-License-Identifier: GPL-2.0-or-later
// What packets say: nothing to anybody, or something that one of the kernel's helpers reads.
#pragma once

#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>

namespace natstep::fuzz {

/// Who reads what a payload says, in the order of the helpers in box_parts.cpp.
enum class Reader : std::uint8_t { nobody, ftp, tftp, irc, amanda, pptp, sip };
inline constexpr std::size_t reader_count = 7;

/// An index beyond the end begins again at the front, where the common ones stand.
wire::ByteView payload(std::uint8_t index);
std::size_t payload_count();
/// The index of one that fits no port, which only a device's segments make passable.
std::size_t large_payload();

/// The indexes of the payloads for one reader, in the order in which they are usually said.
struct PayloadRange {
  std::size_t first = 0, count = 0;
};
PayloadRange payloads_for(Reader reader);

}  // namespace natstep::fuzz
