// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/upper_layer.h"

#include "fuzz/packet_parts.h"
#include "fuzz/payloads.h"
#include "model/protocol.h"
#include "model/wire/dccp.h"
#include "model/wire/gre.h"
#include "model/wire/icmp.h"
#include "model/wire/ipv6.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <array>

namespace natstep::fuzz {
namespace {

using wire::AddressFamily;
using wire::Bytes;
using wire::ByteView;

void append(Bytes& bytes, ByteView more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

// ---- what stands behind the IP header

void put_ports(Bytes& l4, const Op& op) {
  wire::store_be16(&l4[0], port(op.src_port));
  wire::store_be16(&l4[2], port(op.dst_port));
}

Bytes tcp_segment(const Op& op) {
  const ByteView options = tcp_options(op.extra);
  Bytes l4(wire::tcp::min_size);
  put_ports(l4, op);
  const std::uint8_t flags = tcp_flags(op.kind);
  const bool opens = (flags & wire::tcp::syn) != 0;
  wire::store_be32(&l4[wire::tcp::seq], opens ? opener_seq : opener_seq + 1);
  if ((flags & wire::tcp::ack_flag) != 0) wire::store_be32(&l4[wire::tcp::ack], answerer_seq + 1);
  l4[wire::tcp::offset_reserved] =
      static_cast<std::uint8_t>((wire::tcp::min_size + options.size()) / 4 << 4);
  l4[wire::tcp::flags] = flags;
  wire::store_be16(&l4[wire::tcp::window], 0xffff);
  append(l4, options);
  append(l4, payload(op.content));
  return l4;
}

/// UDP; UDP-Lite differs in that a coverage of zero stands for all.
Bytes datagram(const Op& op) {
  Bytes l4(wire::udp::size);
  put_ports(l4, op);
  append(l4, payload(op.content));
  return l4;
}

/// `kind` says which chunk, and beyond the table that a second one follows.
Bytes sctp_packet(const Op& op) {
  const std::uint8_t type = chunk_type(op.kind);
  Bytes l4(wire::sctp::size);
  put_ports(l4, op);
  wire::store_be32(&l4[wire::sctp::vtag], type == wire::sctp::init ? 0 : answerer_tag);
  put_chunk(l4, type, opener_tag);
  if (op.extra >= 200) put_chunk(l4, chunk_type(op.extra), opener_tag);
  return l4;
}

Bytes dccp_packet(const Op& op) {
  const std::uint8_t type = dccp_type(op.kind);
  Bytes l4(wire::dccp::size);
  put_ports(l4, op);
  put_dccp(l4, {.type = type,
                .seq = type == wire::dccp::request ? opener_seq : opener_seq + 1,
                .ack = answerer_seq,
                .extra = op.extra,
                .content = op.content});
  return l4;
}

Bytes icmp_query(const Op& op, AddressFamily family) {
  const IcmpType type = icmp_type(family, op.kind);
  Bytes l4(wire::icmp::size);
  l4[wire::icmp::type] = type.type;
  l4[wire::icmp::code] = type.code;
  wire::store_be16(&l4[wire::icmp::id], port(op.src_port));
  wire::store_be16(&l4[wire::icmp::seq], 1);
  append(l4, payload(op.content));
  return l4;
}

/// Plain, with a key, or the version that PPTP uses.
Bytes gre_packet(const Op& op) {
  Bytes l4;
  if (op.kind % 3 == 2) {
    l4.resize(wire::gre::pptp_size + 4);
    wire::store_be16(l4.data(), 0x3001);
    wire::store_be16(&l4[wire::gre::protocol], wire::gre::protocol_ppp);
    wire::store_be16(&l4[wire::gre::call_id], op.src_port < 128 ? 7 : 9);
  } else {
    l4.resize(op.kind % 3 == 0 ? wire::gre::size : wire::gre::size + 4);
    if (op.kind % 3 == 1) {
      wire::store_be16(l4.data(), wire::gre::key_present);
      wire::store_be32(&l4[wire::gre::size], port(op.src_port));
    }
    wire::store_be16(&l4[wire::gre::protocol], wire::gre::protocol_ipv4);
  }
  append(l4, payload(op.content));
  return l4;
}

}  // namespace

void put_dccp(Bytes& l4, const DccpContent& what) {
  constexpr std::uint8_t first_short = 200;
  const bool is_long = what.extra < first_short;
  const std::size_t fixed = is_long ? wire::dccp::extended_size : wire::dccp::size;
  const std::size_t ack_size = is_long ? wire::dccp::ack_size : wire::dccp::word_size;
  const bool has_ack = wire::dccp::has_ack(what.type);
  const std::size_t size = fixed + (has_ack ? ack_size : 0) +
                           (wire::dccp::has_word(what.type) ? wire::dccp::word_size : 0);
  l4.resize(wire::dccp::data_offset);
  l4.resize(size);
  l4[wire::dccp::data_offset] = static_cast<std::uint8_t>(size / 4);
  // The low 32 bits, and of short numbers the low 24 behind the type.
  const std::size_t low_word = fixed - 4;
  wire::store_be32(&l4[low_word], static_cast<std::uint32_t>(what.seq));
  if (is_long) wire::store_be16(&l4[wire::dccp::seq], static_cast<std::uint16_t>(what.seq >> 32));
  l4[wire::dccp::type_and_x] = static_cast<std::uint8_t>(what.type << 1 | (is_long ? 1 : 0));
  if (has_ack) wire::store_be32(&l4[fixed + ack_size - 4], static_cast<std::uint32_t>(what.ack));
  if (has_ack && is_long)
    wire::store_be16(&l4[fixed + wire::dccp::ack_number],
                     static_cast<std::uint16_t>(what.ack >> 32));
  append(l4, payload(what.content));
}

void put_chunk(Bytes& l4, std::uint8_t type, std::uint32_t initiate_tag) {
  const bool initiates = type == wire::sctp::init || type == wire::sctp::init_ack;
  const std::size_t size = wire::sctp::chunk_size + (initiates ? wire::sctp::initiate_size : 12);
  Bytes chunk(size);
  chunk[wire::sctp::chunk_type] = type;
  wire::store_be16(&chunk[wire::sctp::chunk_length], static_cast<std::uint16_t>(size));
  if (initiates) {
    wire::store_be32(&chunk[wire::sctp::chunk_size], initiate_tag);
    wire::store_be32(&chunk[wire::sctp::chunk_size + 4], 0xffff);
    wire::store_be32(&chunk[wire::sctp::chunk_size + 8], 0x00010001);
  }
  append(l4, chunk);
}

UpperLayer upper_layer(const Op& op, AddressFamily family) {
  constexpr std::array<std::uint8_t, 4> others{253, 50, 47, 4};
  switch (static_cast<Protocol>((op.protocol & ~ipv6_protocol_bit) % protocol_count)) {
    case Protocol::udp:
      return {wire::ip_protocol::udp, datagram(op)};
    case Protocol::tcp:
      return {wire::ip_protocol::tcp, tcp_segment(op)};
    case Protocol::icmp:
      return {family == AddressFamily::ipv6 ? wire::ip_protocol::icmpv6 : wire::ip_protocol::icmp,
              icmp_query(op, family)};
    case Protocol::sctp:
      return {132, sctp_packet(op)};
    case Protocol::udplite:
      return {136, datagram(op)};
    case Protocol::gre:
      return {47, gre_packet(op)};
    case Protocol::dccp:
      return {model::protocol::dccp, dccp_packet(op)};
    case Protocol::other:
      break;
  }
  const ByteView rest = payload(op.content);
  return {others[op.kind % others.size()], Bytes(rest.begin(), rest.end())};
}

}  // namespace natstep::fuzz
