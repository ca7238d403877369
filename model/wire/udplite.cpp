// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/udplite.h"

#include "model/wire/ipv4.h"

namespace natstep::wire {
namespace {

/// The pseudo-header counts the whole datagram, however little of it is covered (RFC 3828 section
/// 3.1). Zero is no checksum that may be sent.
std::uint16_t computed_checksum(ByteView bytes, const Address& src, const Address& dst) {
  const std::uint32_t seed = pseudo_header_sum(src, dst, ip_protocol::udplite, bytes.size());
  const std::uint16_t check = internet_checksum(UdpliteView(bytes).covered(), seed);
  return check == 0 ? 0xffff : check;
}

}  // namespace

Bytes build(const UdpliteHeader& header, const Address& src, const Address& dst, ByteView payload) {
  Bytes bytes(udplite::size);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  store_be16(&bytes[udplite::src_port], header.src_port);
  store_be16(&bytes[udplite::dst_port], header.dst_port);
  store_be16(&bytes[udplite::coverage], header.coverage);
  const std::uint16_t check =
      header.checksum ? *header.checksum : computed_checksum(bytes, src, dst);
  store_be16(&bytes[udplite::checksum], check);
  return bytes;
}

}  // namespace natstep::wire
