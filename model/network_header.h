// SPDX-License-Identifier: GPL-2.0-or-later
// What both families' network headers have, so that conntrack, NAT and the rules need not ask which
// of them a packet has.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"
#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"

#include <cstddef>
#include <cstdint>

namespace natstep::model {

/// The family of a packet of its own, by its first nibble, which is how a TUN port tells
/// (tun_get_user). A quoted packet has the family of the error that quotes it, whatever it says.
constexpr wire::AddressFamily family_of(wire::ByteView packet) {
  const bool ipv6 = !packet.empty() && packet.front() >> 4 == 6;
  return ipv6 ? wire::AddressFamily::ipv6 : wire::AddressFamily::ipv4;
}

constexpr bool is_ipv6(wire::ByteView packet) {
  return family_of(packet) == wire::AddressFamily::ipv6;
}

/// The size of the fixed header.
constexpr std::size_t header_size(wire::AddressFamily family) {
  return family == wire::AddressFamily::ipv6 ? wire::ipv6::size : wire::ipv4::min_size;
}

// The fixed header must be there.
inline wire::Address source_of(wire::ByteView packet, wire::AddressFamily family) {
  return family == wire::AddressFamily::ipv6 ? wire::Ipv6View(packet).src_address()
                                             : wire::Ipv4View(packet).src_address();
}
inline wire::Address destination_of(wire::ByteView packet, wire::AddressFamily family) {
  return family == wire::AddressFamily::ipv6 ? wire::Ipv6View(packet).dst_address()
                                             : wire::Ipv4View(packet).dst_address();
}
inline wire::Address source_of(wire::ByteView packet) {
  return source_of(packet, family_of(packet));
}
inline wire::Address destination_of(wire::ByteView packet) {
  return destination_of(packet, family_of(packet));
}

/// The sum of the pseudo-header that covers `length` bytes of `protocol`. IPv6 takes the addresses
/// of the fixed header, even where a routing header names the last destination (nf_ip6_checksum).
/// The length as nf_ip_checksum_partial hands it on, exchanged with the protocol, which is a byte.
inline std::size_t length_as_a_byte(wire::ByteView packet, std::size_t length) {
  return is_ipv6(packet) ? length : length & 0xff;
}

inline std::uint32_t pseudo_header_of(wire::ByteView packet, std::uint8_t protocol,
                                      std::size_t length) {
  if (is_ipv6(packet)) {
    const wire::Ipv6View header(packet);
    return wire::pseudo_header_sum(header.src_address(), header.dst_address(), protocol, length);
  }
  const wire::Ipv4View header(packet);
  return wire::pseudo_header_sum(header.src(), header.dst(), protocol, length);
}

}  // namespace natstep::model
