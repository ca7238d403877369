// SPDX-License-Identifier: GPL-2.0-or-later
// ICMP for IPv4: field offsets, types, view, builder. RFC 792; RFC 1191 for the MTU, RFC 4884 for
// the length of what is quoted.
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

namespace icmpv4 {
inline constexpr std::size_t type = 0;
inline constexpr std::size_t code = 1;
inline constexpr std::size_t checksum = 2;
inline constexpr std::size_t rest = 4;     // four bytes whose meaning depends on the type
inline constexpr std::size_t id = 4;       // queries
inline constexpr std::size_t seq = 6;      // queries
inline constexpr std::size_t pointer = 4;  // parameter problem
inline constexpr std::size_t length = 5;   // errors: 32-bit words of the quoted packet (RFC 4884)
inline constexpr std::size_t mtu = 6;      // fragmentation needed
inline constexpr std::size_t gateway = 4;  // redirect
inline constexpr std::size_t size = 8;

inline constexpr std::uint8_t echo_reply = 0;
inline constexpr std::uint8_t unreachable = 3;
inline constexpr std::uint8_t source_quench = 4;
inline constexpr std::uint8_t redirect = 5;
inline constexpr std::uint8_t echo_request = 8;
inline constexpr std::uint8_t router_advertisement = 9;
inline constexpr std::uint8_t router_solicitation = 10;
inline constexpr std::uint8_t time_exceeded = 11;
inline constexpr std::uint8_t parameter_problem = 12;
inline constexpr std::uint8_t timestamp_request = 13;
inline constexpr std::uint8_t timestamp_reply = 14;
inline constexpr std::uint8_t information_request = 15;
inline constexpr std::uint8_t information_reply = 16;
inline constexpr std::uint8_t address_mask_request = 17;
inline constexpr std::uint8_t address_mask_reply = 18;

/// Codes of `unreachable`.
inline constexpr std::uint8_t net_unreachable = 0;
inline constexpr std::uint8_t host_unreachable = 1;
inline constexpr std::uint8_t protocol_unreachable = 2;
inline constexpr std::uint8_t port_unreachable = 3;
inline constexpr std::uint8_t fragmentation_needed = 4;
inline constexpr std::uint8_t source_route_failed = 5;
inline constexpr std::uint8_t admin_prohibited = 13;

/// Types that quote the packet that they complain about.
constexpr bool is_error(std::uint8_t t) {
  return t == unreachable || t == source_quench || t == redirect || t == time_exceeded ||
         t == parameter_problem;
}

/// Types that have an identifier: NAT may rewrite it (icmp_manip_pkt).
constexpr bool is_query(std::uint8_t t) {
  return t == echo_reply || t == echo_request ||
         (t >= timestamp_request && t <= address_mask_reply);
}

/// What the packet notation and the reports call a type and code: "port-unreachable" is (3, 3).
struct Name {
  std::string_view word;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
};
std::span<const Name> names();
/// The name of type `t` and code `c`; empty when the pair has none.
std::string_view name_of(std::uint8_t t, std::uint8_t c);
}  // namespace icmpv4

/// A view that starts at the ICMP header; values are host order. Only a view that `fits()` may be
/// read.
template <typename Byte>
class BasicIcmpv4 {
 public:
  using Span = std::span<Byte>;
  static constexpr bool writable = !std::is_const_v<Byte>;

  explicit constexpr BasicIcmpv4(Span bytes) : bytes_(bytes) {}
  static constexpr std::optional<BasicIcmpv4> parse(Span bytes) {
    const BasicIcmpv4 view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }
  [[nodiscard]] constexpr bool fits() const { return bytes_.size() >= icmpv4::size; }

  [[nodiscard]] constexpr Span bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::uint8_t type() const { return bytes_[icmpv4::type]; }
  [[nodiscard]] constexpr std::uint8_t code() const { return bytes_[icmpv4::code]; }
  [[nodiscard]] constexpr std::uint16_t checksum() const { return get16(icmpv4::checksum); }
  [[nodiscard]] constexpr std::uint32_t rest() const { return load_be32(&bytes_[icmpv4::rest]); }
  [[nodiscard]] constexpr std::uint16_t id() const { return get16(icmpv4::id); }
  [[nodiscard]] constexpr std::uint16_t seq() const { return get16(icmpv4::seq); }
  [[nodiscard]] constexpr std::uint8_t pointer() const { return bytes_[icmpv4::pointer]; }
  [[nodiscard]] constexpr std::uint16_t mtu() const { return get16(icmpv4::mtu); }
  [[nodiscard]] constexpr std::uint32_t gateway() const { return rest(); }
  [[nodiscard]] constexpr bool is_error() const { return icmpv4::is_error(type()); }
  [[nodiscard]] constexpr bool is_query() const { return icmpv4::is_query(type()); }
  /// Behind the header: a query's data, or the packet that an error quotes.
  [[nodiscard]] constexpr Span payload() const { return bytes_.subspan(icmpv4::size); }

  [[nodiscard]] bool checksum_valid() const { return wire::checksum_valid(bytes_); }

  constexpr void set_type(std::uint8_t v) const requires writable { bytes_[icmpv4::type] = v; }
  constexpr void set_code(std::uint8_t v) const requires writable { bytes_[icmpv4::code] = v; }
  constexpr void set_checksum(std::uint16_t v) const requires writable {
    set16(icmpv4::checksum, v);
  }
  constexpr void set_rest(std::uint32_t v) const requires writable {
    store_be32(&bytes_[icmpv4::rest], v);
  }
  constexpr void set_id(std::uint16_t v) const requires writable { set16(icmpv4::id, v); }
  constexpr void set_seq(std::uint16_t v) const requires writable { set16(icmpv4::seq, v); }
  /// Computes the checksum afresh over the whole view.
  void fill_checksum() const requires writable {
    set_checksum(0);
    set_checksum(internet_checksum(bytes_));
  }

 private:
  [[nodiscard]] constexpr std::uint16_t get16(std::size_t at) const {
    return load_be16(&bytes_[at]);
  }
  constexpr void set16(std::size_t at, std::uint16_t v) const { store_be16(&bytes_[at], v); }

  Span bytes_;
};

using Icmpv4View = BasicIcmpv4<const std::uint8_t>;
using Icmpv4Edit = BasicIcmpv4<std::uint8_t>;

/// An ICMP header to build. `rest` is (id << 16 | seq) of a query, the MTU, the gateway, (pointer
/// << 24).
struct Icmpv4Header {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;
  std::optional<std::uint16_t> checksum{};
};

/// The header followed by `payload`.
Bytes build(const Icmpv4Header& header, ByteView payload);

}  // namespace natstep::wire
