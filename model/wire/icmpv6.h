// SPDX-License-Identifier: GPL-2.0-or-later
// ICMPv6: field offsets, types, view, builder. RFC 4443; RFC 4861 for neighbour discovery, RFC 4620
// for node information, RFC 4884 for the length of what is quoted.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"
#include "model/wire/checksum.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv6.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace natstep::wire {

namespace icmpv6 {
inline constexpr std::size_t type = 0;
inline constexpr std::size_t code = 1;
inline constexpr std::size_t checksum = 2;
inline constexpr std::size_t rest = 4;     // four bytes whose meaning depends on the type
inline constexpr std::size_t id = 4;       // queries
inline constexpr std::size_t seq = 6;      // queries
inline constexpr std::size_t mtu = 4;      // packet too big, 32 bits
inline constexpr std::size_t pointer = 4;  // parameter problem, 32 bits
inline constexpr std::size_t length = 4;   // errors: 64-bit words of the quoted packet (RFC 4884)
inline constexpr std::size_t size = 8;

inline constexpr std::uint8_t unreachable = 1;
inline constexpr std::uint8_t packet_too_big = 2;
inline constexpr std::uint8_t time_exceeded = 3;
inline constexpr std::uint8_t parameter_problem = 4;
inline constexpr std::uint8_t echo_request = 128;
inline constexpr std::uint8_t echo_reply = 129;
inline constexpr std::uint8_t listener_query = 130;
inline constexpr std::uint8_t listener_report = 131;
inline constexpr std::uint8_t listener_done = 132;
inline constexpr std::uint8_t router_solicitation = 133;
inline constexpr std::uint8_t router_advertisement = 134;
inline constexpr std::uint8_t neighbour_solicitation = 135;
inline constexpr std::uint8_t neighbour_advertisement = 136;
inline constexpr std::uint8_t redirect = 137;
inline constexpr std::uint8_t node_information_query = 139;
inline constexpr std::uint8_t node_information_reply = 140;
inline constexpr std::uint8_t listener_report_v2 = 143;
inline constexpr std::uint8_t multicast_router_advertisement = 151;
inline constexpr std::uint8_t multicast_router_solicitation = 152;
inline constexpr std::uint8_t multicast_router_termination = 153;

/// Codes of `unreachable`.
inline constexpr std::uint8_t no_route = 0;
inline constexpr std::uint8_t admin_prohibited = 1;
inline constexpr std::uint8_t beyond_scope = 2;
inline constexpr std::uint8_t address_unreachable = 3;
inline constexpr std::uint8_t port_unreachable = 4;
inline constexpr std::uint8_t policy_failed = 5;
inline constexpr std::uint8_t reject_route = 6;

/// Types that quote the packet that they complain about: RFC 4443 section 2.1 gives them the lower
/// half, assigned or not.
constexpr bool is_error(std::uint8_t t) {
  return t < 128;
}

/// Types that have an identifier that NAT may rewrite (icmpv6_manip_pkt). Those of node information
/// have none.
constexpr bool is_query(std::uint8_t t) {
  return t == echo_request || t == echo_reply;
}

/// What the packet notation and the reports call a type and code: "port-unreachable" is (1, 4).
using Name = icmpv4::Name;
std::span<const Name> names();
/// The name of type `t` and code `c`; empty when the pair has none.
std::string_view name_of(std::uint8_t t, std::uint8_t c);
}  // namespace icmpv6

/// A view that starts at the ICMPv6 header; values are host order. Only a view that `fits()` may be
/// read.
template <typename Byte>
class BasicIcmpv6 {
 public:
  using Span = std::span<Byte>;
  static constexpr bool writable = !std::is_const_v<Byte>;

  explicit constexpr BasicIcmpv6(Span bytes) : bytes_(bytes) {}
  static constexpr std::optional<BasicIcmpv6> parse(Span bytes) {
    const BasicIcmpv6 view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }
  [[nodiscard]] constexpr bool fits() const { return bytes_.size() >= icmpv6::size; }

  [[nodiscard]] constexpr Span bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::uint8_t type() const { return bytes_[icmpv6::type]; }
  [[nodiscard]] constexpr std::uint8_t code() const { return bytes_[icmpv6::code]; }
  [[nodiscard]] constexpr std::uint16_t checksum() const { return get16(icmpv6::checksum); }
  [[nodiscard]] constexpr std::uint32_t rest() const { return load_be32(&bytes_[icmpv6::rest]); }
  [[nodiscard]] constexpr std::uint16_t id() const { return get16(icmpv6::id); }
  [[nodiscard]] constexpr std::uint16_t seq() const { return get16(icmpv6::seq); }
  [[nodiscard]] constexpr std::uint32_t mtu() const { return rest(); }
  [[nodiscard]] constexpr std::uint32_t pointer() const { return rest(); }
  [[nodiscard]] constexpr bool is_error() const { return icmpv6::is_error(type()); }
  [[nodiscard]] constexpr bool is_query() const { return icmpv6::is_query(type()); }
  /// Behind the header: a query's data, or the packet that an error quotes.
  [[nodiscard]] constexpr Span payload() const { return bytes_.subspan(icmpv6::size); }

  /// Whether the checksum is right over the whole view (`seed`: the pseudo-header's sum).
  [[nodiscard]] bool checksum_valid(std::uint32_t seed) const {
    return wire::checksum_valid(bytes_, seed);
  }

  constexpr void set_type(std::uint8_t v) const requires writable { bytes_[icmpv6::type] = v; }
  constexpr void set_code(std::uint8_t v) const requires writable { bytes_[icmpv6::code] = v; }
  constexpr void set_checksum(std::uint16_t v) const requires writable {
    set16(icmpv6::checksum, v);
  }
  constexpr void set_rest(std::uint32_t v) const requires writable {
    store_be32(&bytes_[icmpv6::rest], v);
  }
  constexpr void set_id(std::uint16_t v) const requires writable { set16(icmpv6::id, v); }
  constexpr void set_seq(std::uint16_t v) const requires writable { set16(icmpv6::seq, v); }
  /// Computes the checksum afresh over the whole view.
  void fill_checksum(std::uint32_t seed) const requires writable {
    set_checksum(0);
    set_checksum(internet_checksum(bytes_, seed));
  }

 private:
  [[nodiscard]] constexpr std::uint16_t get16(std::size_t at) const {
    return load_be16(&bytes_[at]);
  }
  constexpr void set16(std::size_t at, std::uint16_t v) const { store_be16(&bytes_[at], v); }

  Span bytes_;
};

using Icmpv6View = BasicIcmpv6<const std::uint8_t>;
using Icmpv6Edit = BasicIcmpv6<std::uint8_t>;

/// An ICMPv6 header to build. `rest` is (id << 16 | seq) of a query, the MTU, the pointer.
struct Icmpv6Header {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;
  std::optional<std::uint16_t> checksum{};
};

/// The header followed by `payload`; the addresses are for the checksum.
Bytes build(const Icmpv6Header& header, const Address& src, const Address& dst, ByteView payload);

}  // namespace natstep::wire
