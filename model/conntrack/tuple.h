// SPDX-License-Identifier: GPL-2.0-or-later
// Tuples: how conntrack names one direction of a flow.
// Source: include/net/netfilter/nf_conntrack_tuple.h; nf_ct_get_tuple, nf_ct_invert_tuple.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace natstep::model {

struct Profile;

enum class Direction : std::uint8_t { original = 0, reply = 1 };

constexpr Direction operator!(Direction d) {
  return d == Direction::original ? Direction::reply : Direction::original;
}
constexpr std::size_t index(Direction d) {
  return static_cast<std::size_t>(d);
}

/// One direction of a flow. `src_id` and `dst_id` are host-order: the ports of TCP and UDP; for
/// ICMP the identifier and (type << 8 | code); zero for protocols without either.
struct Tuple {
  wire::Address src;
  wire::Address dst;
  std::uint16_t src_id = 0;
  std::uint16_t dst_id = 0;
  std::uint8_t protocol = 0;  // IANA protocol number

  auto operator<=>(const Tuple&) const = default;
};

struct TupleHash {
  std::size_t operator()(const Tuple& tuple) const noexcept;
};

/// Where the transport header of a packet begins, and what it claims to be.
struct L4Location {
  std::size_t offset = 0;  // bytes from the network header; the header length field says so, even
                           // when that is nonsense
  std::uint8_t protocol = 0;
};

/// From the transport header on. Empty where an extension header claims more than there is.
constexpr wire::ByteView l4_of(wire::ByteView packet, L4Location where) {
  return packet.subspan(std::min(where.offset, packet.size()));
}

/// ipv4_get_l4proto: nothing for a truncated header, a fragment that is not the first one, or a
/// header length that points beyond the packet. Neither version nor total length nor checksum are
/// looked at.
///
/// ipv6_get_l4proto: behind the extension headers; nothing when one of them is truncated, when none
/// follows, or for a later fragment.
std::optional<L4Location> locate_l4(wire::ByteView packet, wire::AddressFamily family);
/// The same for a packet that says itself which family it is of.
std::optional<L4Location> locate_l4(wire::ByteView packet);

/// nf_ct_get_tuple for a packet whose transport header has been located.
std::optional<Tuple> tuple_of(wire::ByteView packet, wire::AddressFamily family, L4Location where);
std::optional<Tuple> tuple_of(wire::ByteView packet, L4Location where);
/// The same as a kernel sees it that need not know every protocol by its ports.
std::optional<Tuple> tuple_of(const Profile& profile, wire::ByteView packet,
                              wire::AddressFamily family, L4Location where);

/// The tuple of the L3 packet `packet`, read as it stands (no checksum, no total length); nothing
/// when the kernel could not read one (too short, or a protocol whose tuple needs more bytes).
/// Works the same for a packet embedded in an ICMP error.
std::optional<Tuple> tuple_of(wire::ByteView packet);

/// The tuple of a reply to `tuple`; nothing for ICMP types that have no reply (nf_ct_invert_tuple).
std::optional<Tuple> invert(const Tuple& tuple);

/// "udp 10.0.1.2:4000 > 198.51.100.9:53", "icmp 10.0.1.2 > 198.51.100.9 type 8 code 0 id 7".
std::string to_string(const Tuple& tuple);

}  // namespace natstep::model
