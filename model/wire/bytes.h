// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes as they are on the wire, and the two conversions that everything else uses.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace natstep::wire {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;

/// Reads a 16-bit big-endian value; `p` points at two readable bytes.
constexpr std::uint16_t load_be16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>((p[0] << 8) | p[1]);
}

/// Reads a 32-bit big-endian value; `p` points at four readable bytes.
constexpr std::uint32_t load_be32(const std::uint8_t* p) {
  return (static_cast<std::uint32_t>(load_be16(p)) << 16) | load_be16(p + 2);
}

/// Writes a 16-bit value in big-endian order; `p` points at two writable bytes.
constexpr void store_be16(std::uint8_t* p, std::uint16_t value) {
  p[0] = static_cast<std::uint8_t>(value >> 8);
  p[1] = static_cast<std::uint8_t>(value);
}

/// Writes a 32-bit value in big-endian order; `p` points at four writable bytes.
constexpr void store_be32(std::uint8_t* p, std::uint32_t value) {
  store_be16(p, static_cast<std::uint16_t>(value >> 16));
  store_be16(p + 2, static_cast<std::uint16_t>(value));
}

}  // namespace natstep::wire
