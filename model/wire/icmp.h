// SPDX-License-Identifier: GPL-2.0-or-later
// What ICMP for IPv4 and ICMPv6 have in common: where the fields of a message stand, and a view of
// them. RFC 792 and RFC 4443 section 2.1.
#pragma once

#include "model/wire/bytes.h"
#include "model/wire/checksum.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace natstep::wire {

namespace icmp {
inline constexpr std::size_t type = 0;
inline constexpr std::size_t code = 1;
inline constexpr std::size_t checksum = 2;
inline constexpr std::size_t rest = 4;  // four bytes whose meaning depends on the type
inline constexpr std::size_t id = 4;    // queries
inline constexpr std::size_t seq = 6;   // queries
inline constexpr std::size_t size = 8;

/// What the packet notation and the reports call a type and code: of IPv4, "port-unreachable" is
/// (3, 3).
struct Name {
  std::string_view word;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
};
/// The one of `names` with type `t` and code `c`; empty when the pair has none.
std::string_view name_of(std::span<const Name> names, std::uint8_t t, std::uint8_t c);
}  // namespace icmp

/// A view that starts at the ICMP header; values are host order. Only a view that `fits()` may be
/// read.
template <typename Byte>
class BasicIcmp {
 public:
  using Span = std::span<Byte>;
  static constexpr bool writable = !std::is_const_v<Byte>;

  explicit constexpr BasicIcmp(Span bytes) : bytes_(bytes) {}
  [[nodiscard]] constexpr bool fits() const { return bytes_.size() >= icmp::size; }

  [[nodiscard]] constexpr Span bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::uint8_t type() const { return bytes_[icmp::type]; }
  [[nodiscard]] constexpr std::uint8_t code() const { return bytes_[icmp::code]; }
  [[nodiscard]] constexpr std::uint16_t checksum() const { return get16(icmp::checksum); }
  [[nodiscard]] constexpr std::uint32_t rest() const { return load_be32(&bytes_[icmp::rest]); }
  [[nodiscard]] constexpr std::uint16_t id() const { return get16(icmp::id); }
  [[nodiscard]] constexpr std::uint16_t seq() const { return get16(icmp::seq); }
  /// Behind the header: a query's data, or the packet that an error quotes.
  [[nodiscard]] constexpr Span payload() const { return bytes_.subspan(icmp::size); }

  /// Whether the checksum is right over the whole view. `seed`: the sum of the pseudo-header, which
  /// ICMP for IPv4 has none of.
  [[nodiscard]] bool checksum_valid(std::uint32_t seed = 0) const {
    return wire::checksum_valid(bytes_, seed);
  }

  constexpr void set_type(std::uint8_t v) const requires writable { bytes_[icmp::type] = v; }
  constexpr void set_code(std::uint8_t v) const requires writable { bytes_[icmp::code] = v; }
  constexpr void set_checksum(std::uint16_t v) const requires writable { set16(icmp::checksum, v); }
  constexpr void set_rest(std::uint32_t v) const requires writable {
    store_be32(&bytes_[icmp::rest], v);
  }
  constexpr void set_id(std::uint16_t v) const requires writable { set16(icmp::id, v); }
  constexpr void set_seq(std::uint16_t v) const requires writable { set16(icmp::seq, v); }
  /// Computes the checksum afresh over the whole view.
  void fill_checksum(std::uint32_t seed = 0) const requires writable {
    set_checksum(0);
    set_checksum(internet_checksum(bytes_, seed));
  }

 protected:
  [[nodiscard]] constexpr std::uint16_t get16(std::size_t at) const {
    return load_be16(&bytes_[at]);
  }
  constexpr void set16(std::size_t at, std::uint16_t v) const { store_be16(&bytes_[at], v); }

 private:
  Span bytes_;
};

}  // namespace natstep::wire
