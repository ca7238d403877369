// SPDX-License-Identifier: GPL-2.0-or-later
// UDP: field offsets, view, builder. RFC 768.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"
#include "model/wire/checksum.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

namespace natstep::wire {

namespace udp {
inline constexpr std::size_t src_port = 0;
inline constexpr std::size_t dst_port = 2;
inline constexpr std::size_t length = 4;
inline constexpr std::size_t checksum = 6;
inline constexpr std::size_t size = 8;
}  // namespace udp

/// A view that starts at the UDP header; values are host order. Only a view that `fits()` may be
/// read.
template <typename Byte>
class BasicUdp {
 public:
  using Span = std::span<Byte>;
  static constexpr bool writable = !std::is_const_v<Byte>;

  explicit constexpr BasicUdp(Span bytes) : bytes_(bytes) {}
  static constexpr std::optional<BasicUdp> parse(Span bytes) {
    const BasicUdp view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }
  [[nodiscard]] constexpr bool fits() const { return bytes_.size() >= udp::size; }

  [[nodiscard]] constexpr Span bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::uint16_t src_port() const { return get16(udp::src_port); }
  [[nodiscard]] constexpr std::uint16_t dst_port() const { return get16(udp::dst_port); }
  [[nodiscard]] constexpr std::uint16_t length() const { return get16(udp::length); }
  [[nodiscard]] constexpr std::uint16_t checksum() const { return get16(udp::checksum); }
  /// Everything behind the header, whatever the length field says.
  [[nodiscard]] constexpr Span payload() const { return bytes_.subspan(udp::size); }

  /// Whether the checksum is right over the bytes that the length field covers (`seed`: the
  /// pseudo-header's sum for that length). A checksum of zero, which means "absent", is not asked
  /// about here.
  [[nodiscard]] bool checksum_valid(std::uint32_t seed) const {
    return wire::checksum_valid(bytes_.first(std::min<std::size_t>(length(), bytes_.size())), seed);
  }

  constexpr void set_src_port(std::uint16_t v) const requires writable { set16(udp::src_port, v); }
  constexpr void set_dst_port(std::uint16_t v) const requires writable { set16(udp::dst_port, v); }
  constexpr void set_length(std::uint16_t v) const requires writable { set16(udp::length, v); }
  constexpr void set_checksum(std::uint16_t v) const requires writable { set16(udp::checksum, v); }

 private:
  [[nodiscard]] constexpr std::uint16_t get16(std::size_t at) const {
    return load_be16(&bytes_[at]);
  }
  constexpr void set16(std::size_t at, std::uint16_t v) const { store_be16(&bytes_[at], v); }

  Span bytes_;
};

using UdpView = BasicUdp<const std::uint8_t>;
using UdpEdit = BasicUdp<std::uint8_t>;

/// A UDP header to build. What is unset is computed; a computed checksum of zero is sent as 0xffff,
/// since zero means absent.
struct UdpHeader {
  std::uint16_t src_port = 0;
  std::uint16_t dst_port = 0;
  std::optional<std::uint16_t> length{};  // bytes, header included
  std::optional<std::uint16_t> checksum{};
};

/// The header followed by `payload`; `src` and `dst` are for the checksum, which covers all of it.
Bytes build(const UdpHeader& header, const Address& src, const Address& dst, ByteView payload);
/// The same between IPv4 addresses in host order.
Bytes build(const UdpHeader& header, std::uint32_t src, std::uint32_t dst, ByteView payload);

}  // namespace natstep::wire
