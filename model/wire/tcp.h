// SPDX-License-Identifier: GPL-2.0-or-later
// TCP: field offsets, view, options, builder. RFC 9293 section 3.1.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"
#include "model/wire/checksum.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace natstep::wire {

namespace tcp {
inline constexpr std::size_t src_port = 0;
inline constexpr std::size_t dst_port = 2;
inline constexpr std::size_t seq = 4;
inline constexpr std::size_t ack = 8;
inline constexpr std::size_t offset_reserved = 12;
inline constexpr std::size_t flags = 13;
inline constexpr std::size_t window = 14;
inline constexpr std::size_t checksum = 16;
inline constexpr std::size_t urgent = 18;
inline constexpr std::size_t options = 20;
inline constexpr std::size_t min_size = 20;
inline constexpr std::size_t max_size = 60;
/// RFC 792 promises eight bytes of the L4 header in an ICMP error: ports and sequence number.
inline constexpr std::size_t quoted_size = 8;

inline constexpr std::uint8_t fin = 0x01;
inline constexpr std::uint8_t syn = 0x02;
inline constexpr std::uint8_t rst = 0x04;
inline constexpr std::uint8_t psh = 0x08;
inline constexpr std::uint8_t ack_flag = 0x10;
inline constexpr std::uint8_t urg = 0x20;
inline constexpr std::uint8_t ece = 0x40;
inline constexpr std::uint8_t cwr = 0x80;

/// "SYN,ACK"; "none" for no flag at all.
std::string flags_to_string(std::uint8_t bits);
/// The bit of one flag's name: "SYN" is 0x02. Nothing for any other text.
std::optional<std::uint8_t> flag_of(std::string_view name);

/// Option kinds (IANA "TCP Option Kind Numbers").
namespace option {
inline constexpr std::uint8_t end = 0;
inline constexpr std::uint8_t nop = 1;
inline constexpr std::uint8_t mss = 2;              // RFC 9293
inline constexpr std::uint8_t window_scale = 3;     // RFC 7323
inline constexpr std::uint8_t sack_permitted = 4;   // RFC 2018
inline constexpr std::uint8_t sack = 5;             // RFC 2018
inline constexpr std::uint8_t timestamp = 8;        // RFC 7323
inline constexpr std::uint8_t md5_signature = 19;   // RFC 2385
inline constexpr std::uint8_t authentication = 29;  // RFC 5925
}  // namespace option
}  // namespace tcp

/// One TCP option; `data` is what follows kind and length.
struct TcpOption {
  std::uint8_t kind = 0;
  ByteView data;
};

/// Reads TCP options one by one. Stops at the end, or before the first byte that is no well-formed
/// option; `rest()` then is not empty.
class TcpOptionReader {
 public:
  explicit constexpr TcpOptionReader(ByteView options) : rest_(options) {}

  constexpr std::optional<TcpOption> next() {
    if (rest_.empty()) return std::nullopt;
    const std::uint8_t kind = rest_[0];
    if (kind == tcp::option::end || kind == tcp::option::nop) return take(kind, 1, 1);
    if (rest_.size() < 2 || rest_[1] < 2 || rest_[1] > rest_.size()) return std::nullopt;
    return take(kind, 2, rest_[1]);
  }
  [[nodiscard]] constexpr ByteView rest() const { return rest_; }

 private:
  constexpr TcpOption take(std::uint8_t kind, std::size_t header, std::size_t size) {
    const TcpOption option{.kind = kind, .data = rest_.subspan(header, size - header)};
    rest_ = rest_.subspan(size);
    return option;
  }

  ByteView rest_;
};

/// A view that starts at the TCP header; values are host order. Of a view that only `quoted_fits()`
/// the ports and the sequence number may be read, of one that `fits()` everything.
template <typename Byte>
class BasicTcp {
 public:
  using Span = std::span<Byte>;
  static constexpr bool writable = !std::is_const_v<Byte>;

  explicit constexpr BasicTcp(Span bytes) : bytes_(bytes) {}
  static constexpr std::optional<BasicTcp> parse(Span bytes) {
    const BasicTcp view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }
  [[nodiscard]] constexpr bool fits() const { return bytes_.size() >= tcp::min_size; }
  [[nodiscard]] constexpr bool quoted_fits() const { return bytes_.size() >= tcp::quoted_size; }

  [[nodiscard]] constexpr Span bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::uint16_t src_port() const { return get16(tcp::src_port); }
  [[nodiscard]] constexpr std::uint16_t dst_port() const { return get16(tcp::dst_port); }
  [[nodiscard]] constexpr std::uint32_t seq() const { return load_be32(&bytes_[tcp::seq]); }
  [[nodiscard]] constexpr std::uint32_t ack() const { return load_be32(&bytes_[tcp::ack]); }
  [[nodiscard]] constexpr std::uint8_t data_offset() const {
    return bytes_[tcp::offset_reserved] >> 4;
  }  // 32-bit words
  [[nodiscard]] constexpr std::size_t header_length() const {
    return data_offset() * std::size_t{4};
  }
  [[nodiscard]] constexpr std::uint8_t reserved() const {
    return bytes_[tcp::offset_reserved] & 0x0f;
  }
  [[nodiscard]] constexpr std::uint8_t flags() const { return bytes_[tcp::flags]; }
  [[nodiscard]] constexpr bool has(std::uint8_t mask) const { return (flags() & mask) == mask; }
  [[nodiscard]] constexpr std::uint16_t window() const { return get16(tcp::window); }
  [[nodiscard]] constexpr std::uint16_t checksum() const { return get16(tcp::checksum); }
  [[nodiscard]] constexpr std::uint16_t urgent() const { return get16(tcp::urgent); }

  /// Whether the header's length field is legal and all of the header is there.
  [[nodiscard]] constexpr bool header_fits() const {
    return header_length() >= tcp::min_size && header_length() <= bytes_.size();
  }
  [[nodiscard]] constexpr Span options() const { return between(tcp::options, header_length()); }
  [[nodiscard]] constexpr TcpOptionReader read_options() const {
    return TcpOptionReader(options());
  }
  [[nodiscard]] constexpr Span payload() const { return between(header_length(), bytes_.size()); }

  /// `seed` is the pseudo-header's sum; the checksum covers the whole view.
  [[nodiscard]] bool checksum_valid(std::uint32_t seed) const {
    return wire::checksum_valid(bytes_, seed);
  }

  constexpr void set_src_port(std::uint16_t v) const requires writable { set16(tcp::src_port, v); }
  constexpr void set_dst_port(std::uint16_t v) const requires writable { set16(tcp::dst_port, v); }
  constexpr void set_seq(std::uint32_t v) const requires writable {
    store_be32(&bytes_[tcp::seq], v);
  }
  constexpr void set_ack(std::uint32_t v) const requires writable {
    store_be32(&bytes_[tcp::ack], v);
  }
  constexpr void set_flags(std::uint8_t v) const requires writable { bytes_[tcp::flags] = v; }
  constexpr void set_window(std::uint16_t v) const requires writable { set16(tcp::window, v); }
  constexpr void set_checksum(std::uint16_t v) const requires writable { set16(tcp::checksum, v); }

 private:
  [[nodiscard]] constexpr std::uint16_t get16(std::size_t at) const {
    return load_be16(&bytes_[at]);
  }
  constexpr void set16(std::size_t at, std::uint16_t v) const { store_be16(&bytes_[at], v); }
  [[nodiscard]] constexpr Span between(std::size_t from, std::size_t to) const {
    to = std::min(to, bytes_.size());
    return from < to ? bytes_.subspan(from, to - from) : Span{};
  }

  Span bytes_;
};

using TcpView = BasicTcp<const std::uint8_t>;
using TcpEdit = BasicTcp<std::uint8_t>;

/// A TCP header to build. What is unset is computed.
struct TcpHeader {
  std::uint16_t src_port = 0;
  std::uint16_t dst_port = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = 0;
  std::uint8_t reserved = 0;  // the four bits beside the data offset
  std::uint16_t window = 0;
  std::uint16_t urgent = 0;
  std::optional<std::uint8_t> data_offset{};  // 32-bit words
  std::optional<std::uint16_t> checksum{};
  Bytes options{};  // padded with zeros (end of list) to a multiple of four
};

/// The header followed by `payload`; `src` and `dst` are for the checksum.
Bytes build(const TcpHeader& header, const Address& src, const Address& dst, ByteView payload);
/// The same between IPv4 addresses in host order.
Bytes build(const TcpHeader& header, std::uint32_t src, std::uint32_t dst, ByteView payload);

}  // namespace natstep::wire
