// SPDX-License-Identifier: GPL-2.0-or-later
// What stands behind the IP header of a fresh packet. Checksums and lengths are left open.
#pragma once

#include "fuzz/program.h"
#include "model/wire/address.h"

namespace natstep::fuzz {

/// The tags and numbers of the two ends of a flow, whichever flow it is: an answer then knows what
/// belongs into it.
inline constexpr std::uint32_t opener_tag = 0x1001, answerer_tag = 0x2002;
inline constexpr std::uint32_t opener_seq = 1000, answerer_seq = 9000;

/// Set in Op::protocol of a packet over IPv6.
inline constexpr std::uint8_t ipv6_protocol_bit = 0x80;

struct UpperLayer {
  std::uint8_t protocol = 0;
  wire::Bytes bytes;
};
UpperLayer upper_layer(const Op& op, wire::AddressFamily family);

/// What a packet of DCCP says beside its ports.
struct DccpContent {
  std::uint8_t type = 0;
  std::uint64_t seq = 0, ack = 0;
  std::uint8_t extra = 0;  // from 200 on the numbers are short, whether the type allows it or not
  std::uint8_t content = 0;
};
/// Replaces what stands behind the ports, which `l4` begins with.
void put_dccp(wire::Bytes& l4, const DccpContent& what);

/// Adds a chunk of SCTP; one that initiates announces the tag.
void put_chunk(wire::Bytes& packet, std::uint8_t type, std::uint32_t initiate_tag);

}  // namespace natstep::fuzz
