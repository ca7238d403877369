// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/udp.h"

#include "model/wire/ipv4.h"

namespace natstep::wire {
namespace {

std::uint16_t computed_checksum(ByteView bytes, const Address& src, const Address& dst) {
  const std::uint16_t length = UdpView(bytes).length();
  const std::uint16_t check =
      internet_checksum(bytes, pseudo_header_sum(src, dst, ip_protocol::udp, length));
  return check == 0 ? 0xffff : check;
}

}  // namespace

Bytes build(const UdpHeader& header, std::uint32_t src, std::uint32_t dst, ByteView payload) {
  return build(header, Address::ipv4(src), Address::ipv4(dst), payload);
}

Bytes build(const UdpHeader& header, const Address& src, const Address& dst, ByteView payload) {
  Bytes bytes;
  bytes.reserve(udp::size + payload.size());
  bytes.resize(udp::size);
  bytes.insert(bytes.end(), payload.begin(), payload.end());

  const UdpEdit edit(bytes);
  edit.set_src_port(header.src_port);
  edit.set_dst_port(header.dst_port);
  edit.set_length(header.length.value_or(static_cast<std::uint16_t>(bytes.size())));
  edit.set_checksum(header.checksum ? *header.checksum : computed_checksum(bytes, src, dst));
  return bytes;
}

}  // namespace natstep::wire
