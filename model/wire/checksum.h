// SPDX-License-Identifier: GPL-2.0-or-later
// The internet checksum (RFC 1071) and its incremental update (RFC 1624).
//
// All values are host order. Ones'-complement arithmetic has two zeros, 0x0000 and 0xffff; which of
// them comes out is visible on the wire, so the updates here end in the same one as the kernel
// functions whose names they bear (include/net/checksum.h).
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace natstep::wire {

/// Ones'-complement sum of the 16-bit words of `sum`. Zero only when `sum` is zero.
constexpr std::uint16_t fold(std::uint64_t sum) {
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  return static_cast<std::uint16_t>((sum >> 16) + sum);
}

namespace detail {

/// Sums words in the machine's own byte order: RFC 1071 section 2(B), the sum of swapped words is
/// the swapped sum.
inline std::uint64_t native_sum(const std::uint8_t* p, std::size_t size) {
  std::uint64_t sum = 0;
  for (; size >= 8; p += 8, size -= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    sum += (word & 0xffffffff) + (word >> 32);
  }
  if (size & 4) {
    std::uint32_t word;
    std::memcpy(&word, p, sizeof word);
    sum += word;
    p += 4;
  }
  if (size & 2) {
    std::uint16_t word;
    std::memcpy(&word, p, sizeof word);
    sum += word;
    p += 2;
  }
  if (size & 1) {  // the last byte is padded with zeros on the right
    sum += std::endian::native == std::endian::little ? *p : std::uint64_t{*p} << 8;
  }
  return sum;
}

constexpr std::uint16_t from_native(std::uint16_t value) {
  if constexpr (std::endian::native == std::endian::little) {
    return static_cast<std::uint16_t>((value << 8) | (value >> 8));
  }
  return value;
}

}  // namespace detail

/// The ones'-complement sum of `bytes` as big-endian 16-bit words; an odd last byte is padded with
/// zero. Zero only when every byte is zero.
inline std::uint16_t ones_sum(ByteView bytes) {
  return detail::from_native(fold(detail::native_sum(bytes.data(), bytes.size())));
}

/// The checksum of `bytes` on top of `seed` (a pseudo-header's sum). The bytes of the checksum
/// field must be zero.
inline std::uint16_t internet_checksum(ByteView bytes, std::uint32_t seed = 0) {
  return static_cast<std::uint16_t>(~fold(std::uint64_t{seed} + ones_sum(bytes)));
}

/// Whether `bytes`, with the checksum in its place, sums to all ones.
inline bool checksum_valid(ByteView bytes, std::uint32_t seed = 0) {
  return fold(std::uint64_t{seed} + ones_sum(bytes)) == 0xffff;
}

/// Sum of the IPv4 pseudo-header (RFC 9293 section 3.1, RFC 768), to seed a checksum with. `length`
/// is that of the L4 header and its payload.
constexpr std::uint32_t pseudo_header_sum(std::uint32_t src, std::uint32_t dst,
                                          std::uint8_t protocol, std::size_t length) {
  return fold(std::uint64_t{src} + dst + protocol + length);
}

/// Sum of the pseudo-header of either family (RFC 8200 section 8.1 for IPv6). The bytes that a
/// family does not use are zero and add nothing, so one sum serves both.
inline std::uint32_t pseudo_header_sum(const Address& src, const Address& dst,
                                       std::uint8_t protocol, std::size_t length) {
  return fold(std::uint64_t{ones_sum(src.bytes)} + ones_sum(dst.bytes) + protocol + length);
}

/// csum_replace2: the checksum after a 16-bit word of its data went from `from` to `to`, RFC 1624
/// equation 3 on 16 bits. Gives 0xffff only for (0xffff, 0xffff, 0).
constexpr std::uint16_t csum_replace2(std::uint16_t check, std::uint16_t from, std::uint16_t to) {
  const std::uint32_t sum = (check ^ 0xffffu) + (from ^ 0xffffu) + std::uint32_t{to};
  return static_cast<std::uint16_t>(fold(sum) ^ 0xffffu);
}

/// csum_replace4: the checksum after an aligned 32-bit word went from `from` to `to`. The kernel
/// works on 32 bits with the upper half of the complemented checksum all ones; the sum is therefore
/// never zero and the result never 0xffff.
constexpr std::uint16_t csum_replace4(std::uint16_t check, std::uint32_t from, std::uint32_t to) {
  const std::uint64_t sum = std::uint64_t{~std::uint32_t{check}} + std::uint32_t{~from} + to;
  return static_cast<std::uint16_t>(fold(sum) ^ 0xffffu);
}

/// The same for a checksum that is left to the device (CHECKSUM_PARTIAL): it is the sum of the
/// pseudo-header as it stands, not its complement.
constexpr std::uint16_t partial_replace4(std::uint16_t sum, std::uint32_t from, std::uint32_t to) {
  return static_cast<std::uint16_t>(~csum_replace4(static_cast<std::uint16_t>(~sum), from, to));
}

/// inet_proto_csum_replace2: a 16-bit word, widened to 32 bits and updated as by csum_replace4.
/// This, not csum_replace2, is what NAT uses for ports and ICMP identifiers; the result is never
/// 0xffff.
constexpr std::uint16_t inet_proto_csum_replace2(std::uint16_t check, std::uint16_t from,
                                                 std::uint16_t to) {
  return csum_replace4(check, from, to);
}

/// inet_proto_csum_replace16: an IPv6 address went from `from` to `to`. Never 0xffff, as for
/// csum_replace4.
inline std::uint16_t csum_replace16(std::uint16_t check, const std::array<std::uint8_t, 16>& from,
                                    const std::array<std::uint8_t, 16>& to) {
  std::uint64_t sum = ~std::uint32_t{check};
  for (std::size_t i = 0; i < 16; i += 4) {
    sum += std::uint64_t{~load_be32(&from[i])} + load_be32(&to[i]);
  }
  return static_cast<std::uint16_t>(fold(sum) ^ 0xffffu);
}

/// ip_decrease_ttl: the IPv4 header checksum after the TTL went down by one. RFC 1141's form, with
/// 0xffff written as zero.
constexpr std::uint16_t csum_decrease_ttl(std::uint16_t check) {
  const std::uint32_t sum = std::uint32_t{check} + 0x0100;
  return static_cast<std::uint16_t>(sum + (sum >= 0xffff ? 1 : 0));
}

}  // namespace natstep::wire
