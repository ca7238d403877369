// SPDX-License-Identifier: GPL-2.0-or-later
// ICMP for IPv4: field offsets, types, view, builder. RFC 792; RFC 1191 for the MTU, RFC 4884 for
// the length of what is quoted.
#pragma once

#include "model/wire/bytes.h"
#include "model/wire/checksum.h"
#include "model/wire/icmp.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace natstep::wire {

namespace icmpv4 {
using icmp::checksum;
using icmp::code;
using icmp::id;
using icmp::Name;
using icmp::rest;
using icmp::seq;
using icmp::size;
using icmp::type;
inline constexpr std::size_t pointer = 4;  // parameter problem
inline constexpr std::size_t length = 5;   // errors: 32-bit words of the quoted packet (RFC 4884)
inline constexpr std::size_t mtu = 6;      // fragmentation needed
inline constexpr std::size_t gateway = 4;  // redirect

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

/// What the packet notation and the reports call the types and codes.
std::span<const Name> names();
/// The name of type `t` and code `c`; empty when the pair has none.
std::string_view name_of(std::uint8_t t, std::uint8_t c);
}  // namespace icmpv4

/// The common view, and what only ICMP for IPv4 has.
template <typename Byte>
class BasicIcmpv4 : public BasicIcmp<Byte> {
 public:
  using BasicIcmp<Byte>::BasicIcmp;
  static constexpr std::optional<BasicIcmpv4> parse(std::span<Byte> bytes) {
    const BasicIcmpv4 view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }

  /// Of a parameter problem.
  [[nodiscard]] constexpr std::uint8_t pointer() const { return this->bytes()[icmpv4::pointer]; }
  [[nodiscard]] constexpr std::uint16_t mtu() const { return this->get16(icmpv4::mtu); }
  [[nodiscard]] constexpr std::uint32_t gateway() const { return this->rest(); }
  [[nodiscard]] constexpr bool is_error() const { return icmpv4::is_error(this->type()); }
  [[nodiscard]] constexpr bool is_query() const { return icmpv4::is_query(this->type()); }
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
