// SPDX-License-Identifier: GPL-2.0-or-later
// What packets are made of: few addresses, ports and payloads, so that flows meet, and some that
// are odd. An index beyond the end of a table begins again at its front, where the common ones
// stand.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace natstep::fuzz {

/// The protocols that a fresh packet can have; the index of Op::protocol.
enum class Protocol : std::uint8_t { udp, tcp, icmp, sctp, udplite, gre, other, dccp };
inline constexpr std::size_t protocol_count = 8;

/// How many entries each table has: for those who choose at random.
struct PacketPartCounts {
  std::size_t addresses, ports, tcp_flags, icmp_types, errors, chunks, payloads, tcp_options,
      ip_options, quotes;
};
PacketPartCounts packet_part_counts();

wire::Address address(wire::AddressFamily family, std::uint8_t index);
std::uint16_t port(std::uint8_t index);
/// Whether it is one of them.
bool is_common_port(std::uint32_t value);
std::uint8_t tcp_flags(std::uint8_t index);
/// Type and code of a message that is no error.
struct IcmpType {
  std::uint8_t type = 0, code = 0;
};
IcmpType icmp_type(wire::AddressFamily family, std::uint8_t index);
struct IcmpError {
  std::uint8_t type = 0, code = 0;
  std::uint32_t rest = 0;
};
IcmpError icmp_error(wire::AddressFamily family, std::uint8_t index);
/// The type of SCTP's chunk.
std::uint8_t chunk_type(std::uint8_t index);
/// The type of a packet of DCCP.
std::uint8_t dccp_type(std::uint8_t index);
/// The index of a port that is in the table.
std::uint8_t port_index(std::uint16_t value);
wire::ByteView tcp_options(std::uint8_t index);
/// Options of IPv4, in whole words.
wire::ByteView ip_options(std::uint8_t index);
/// How many values of Op::offload mean different things, and how much payload each segment then
/// has; 0: it is one packet.
std::size_t offload_choices();
std::uint16_t segment_size(std::uint8_t offload);
/// How many bytes of a packet an error quotes; 0 stands for all.
std::size_t quoted_bytes(std::uint8_t index);

}  // namespace natstep::fuzz
