// SPDX-License-Identifier: GPL-2.0-or-later
// ICMPv6: field offsets, types, view, builder. RFC 4443; RFC 4861 for neighbour discovery, RFC 4620
// for node information, RFC 4884 for the length of what is quoted.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"
#include "model/wire/checksum.h"
#include "model/wire/icmp.h"
#include "model/wire/ipv6.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace natstep::wire {

namespace icmpv6 {
using icmp::checksum;
using icmp::code;
using icmp::id;
using icmp::Name;
using icmp::rest;
using icmp::seq;
using icmp::size;
using icmp::type;
inline constexpr std::size_t mtu = 4;      // packet too big, 32 bits
inline constexpr std::size_t pointer = 4;  // parameter problem, 32 bits
inline constexpr std::size_t length = 4;   // errors: 64-bit words of the quoted packet (RFC 4884)

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

/// What the packet notation and the reports call the types and codes.
std::span<const Name> names();
/// The name of type `t` and code `c`; empty when the pair has none.
std::string_view name_of(std::uint8_t t, std::uint8_t c);
}  // namespace icmpv6

/// The common view, and what only ICMPv6 has.
template <typename Byte>
class BasicIcmpv6 : public BasicIcmp<Byte> {
 public:
  using BasicIcmp<Byte>::BasicIcmp;
  static constexpr std::optional<BasicIcmpv6> parse(std::span<Byte> bytes) {
    const BasicIcmpv6 view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }

  [[nodiscard]] constexpr std::uint32_t mtu() const { return this->rest(); }
  [[nodiscard]] constexpr std::uint32_t pointer() const { return this->rest(); }
  [[nodiscard]] constexpr bool is_error() const { return icmpv6::is_error(this->type()); }
  [[nodiscard]] constexpr bool is_query() const { return icmpv6::is_query(this->type()); }
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
