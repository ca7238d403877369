// SPDX-License-Identifier: GPL-2.0-or-later
// IPv4: field offsets, view, builder. RFC 791 section 3.1.
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

/// IANA protocol numbers that have a name here.
namespace ip_protocol {
inline constexpr std::uint8_t icmp = 1;
inline constexpr std::uint8_t tcp = 6;
inline constexpr std::uint8_t udp = 17;
inline constexpr std::uint8_t dccp = 33;
inline constexpr std::uint8_t gre = 47;
inline constexpr std::uint8_t sctp = 132;
inline constexpr std::uint8_t udplite = 136;
}  // namespace ip_protocol

namespace ipv4 {
inline constexpr std::size_t version_ihl = 0;
inline constexpr std::size_t tos = 1;
inline constexpr std::size_t total_length = 2;
inline constexpr std::size_t id = 4;
inline constexpr std::size_t fragment = 6;
inline constexpr std::size_t ttl = 8;
inline constexpr std::size_t protocol = 9;
inline constexpr std::size_t checksum = 10;
inline constexpr std::size_t src = 12;
inline constexpr std::size_t dst = 16;
inline constexpr std::size_t options = 20;
inline constexpr std::size_t min_size = 20;
inline constexpr std::size_t max_size = 60;

// The fragment word: three flags and an offset in units of eight bytes.
inline constexpr std::uint16_t evil = 0x8000;  // reserved bit (RFC 3514)
inline constexpr std::uint16_t df = 0x4000;
inline constexpr std::uint16_t mf = 0x2000;
inline constexpr std::uint16_t offset_mask = 0x1fff;
}  // namespace ipv4

/// A view over an IPv4 packet; values are host order. It checks nothing by itself: only a view that
/// `fits()` may be read. The spans it gives never leave the bytes it was made over, whatever the
/// lengths in the header say.
template <typename Byte>
class BasicIpv4 {
 public:
  using Span = std::span<Byte>;
  static constexpr bool writable = !std::is_const_v<Byte>;

  explicit constexpr BasicIpv4(Span bytes) : bytes_(bytes) {}
  /// A view, if the fixed header is there. Version, lengths and checksum are not looked at.
  static constexpr std::optional<BasicIpv4> parse(Span bytes) {
    const BasicIpv4 view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }
  [[nodiscard]] constexpr bool fits() const { return bytes_.size() >= ipv4::min_size; }

  [[nodiscard]] constexpr Span bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::uint8_t version() const { return bytes_[ipv4::version_ihl] >> 4; }
  [[nodiscard]] constexpr std::uint8_t ihl() const {
    return bytes_[ipv4::version_ihl] & 0x0f;
  }  // 32-bit words
  [[nodiscard]] constexpr std::size_t header_length() const { return ihl() * std::size_t{4}; }
  [[nodiscard]] constexpr std::uint8_t tos() const { return bytes_[ipv4::tos]; }
  [[nodiscard]] constexpr std::uint16_t total_length() const { return get16(ipv4::total_length); }
  [[nodiscard]] constexpr std::uint16_t id() const { return get16(ipv4::id); }
  [[nodiscard]] constexpr std::uint16_t fragment_word() const { return get16(ipv4::fragment); }
  [[nodiscard]] constexpr bool evil() const { return (fragment_word() & ipv4::evil) != 0; }
  [[nodiscard]] constexpr bool df() const { return (fragment_word() & ipv4::df) != 0; }
  [[nodiscard]] constexpr bool mf() const { return (fragment_word() & ipv4::mf) != 0; }
  [[nodiscard]] constexpr std::size_t fragment_offset() const {  // bytes
    return (fragment_word() & ipv4::offset_mask) * std::size_t{8};
  }
  /// ip_is_fragment: any fragment, the first one included.
  [[nodiscard]] constexpr bool is_fragment() const {
    return (fragment_word() & (ipv4::mf | ipv4::offset_mask)) != 0;
  }
  [[nodiscard]] constexpr std::uint8_t ttl() const { return bytes_[ipv4::ttl]; }
  [[nodiscard]] constexpr std::uint8_t protocol() const { return bytes_[ipv4::protocol]; }
  [[nodiscard]] constexpr std::uint16_t checksum() const { return get16(ipv4::checksum); }
  [[nodiscard]] constexpr std::uint32_t src() const { return load_be32(&bytes_[ipv4::src]); }
  [[nodiscard]] constexpr std::uint32_t dst() const { return load_be32(&bytes_[ipv4::dst]); }
  [[nodiscard]] constexpr Address src_address() const { return Address::ipv4(src()); }
  [[nodiscard]] constexpr Address dst_address() const { return Address::ipv4(dst()); }

  /// Whether the header's length field is legal and all of the header is there.
  [[nodiscard]] constexpr bool header_fits() const {
    return header_length() >= ipv4::min_size && header_length() <= bytes_.size();
  }
  [[nodiscard]] constexpr Span header() const { return between(0, header_length()); }
  [[nodiscard]] constexpr Span options() const { return between(ipv4::options, header_length()); }
  /// From the end of the header to the end of the IP packet or of the view, whichever comes first.
  [[nodiscard]] constexpr Span payload() const { return between(header_length(), total_length()); }
  /// From the end of the header to the end of the view: what there is of a packet embedded in an
  /// ICMP error.
  [[nodiscard]] constexpr Span rest() const { return between(header_length(), bytes_.size()); }
  /// What follows the IP packet: link-layer padding, or bytes that a sender smuggles.
  [[nodiscard]] constexpr Span trailer() const { return between(total_length(), bytes_.size()); }
  [[nodiscard]] bool checksum_valid() const {
    return header_fits() && wire::checksum_valid(header());
  }

  // Setters write one field and nothing else.
  constexpr void set_tos(std::uint8_t v) const requires writable { bytes_[ipv4::tos] = v; }
  constexpr void set_total_length(std::uint16_t v) const requires writable {
    set16(ipv4::total_length, v);
  }
  constexpr void set_id(std::uint16_t v) const requires writable { set16(ipv4::id, v); }
  constexpr void set_fragment_word(std::uint16_t v) const requires writable {
    set16(ipv4::fragment, v);
  }
  constexpr void set_ttl(std::uint8_t v) const requires writable { bytes_[ipv4::ttl] = v; }
  constexpr void set_protocol(std::uint8_t v) const requires writable {
    bytes_[ipv4::protocol] = v;
  }
  constexpr void set_checksum(std::uint16_t v) const requires writable { set16(ipv4::checksum, v); }
  constexpr void set_src(std::uint32_t v) const requires writable {
    store_be32(&bytes_[ipv4::src], v);
  }
  constexpr void set_dst(std::uint32_t v) const requires writable {
    store_be32(&bytes_[ipv4::dst], v);
  }
  /// Computes the header checksum afresh (ip_send_check). All of the header must be there.
  void fill_checksum() const requires writable {
    set_checksum(0);
    set_checksum(internet_checksum(header()));
  }

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

using Ipv4View = BasicIpv4<const std::uint8_t>;
using Ipv4Edit = BasicIpv4<std::uint8_t>;

/// An IPv4 header to build. What is unset is computed, so that a header with addresses and protocol
/// only is valid.
struct Ipv4Header {
  std::uint32_t src = 0;  // host order, as dst
  std::uint32_t dst = 0;
  std::uint8_t protocol = 0;
  std::uint8_t ttl = 64;
  std::uint8_t tos = 0;
  std::uint16_t id = 0;
  std::uint16_t fragment_word = 0;  // ipv4::df, ipv4::mf, offset / 8
  std::uint8_t version = 4;
  std::optional<std::uint8_t> ihl{};            // 32-bit words
  std::optional<std::uint16_t> total_length{};  // bytes
  std::optional<std::uint16_t> checksum{};
  Bytes options{};  // padded with zeros to a multiple of four; at most 40 bytes count in the
                    // computed ihl
};

/// The header followed by `payload`.
Bytes build(const Ipv4Header& header, ByteView payload);

}  // namespace natstep::wire
