// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/patch.h"

#include "fuzz/packet_layers.h"
#include "fuzz/packet_parts.h"
#include "fuzz/payloads.h"
#include "model/protocol.h"
#include "model/wire/dccp.h"
#include "model/wire/icmp.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>

namespace natstep::fuzz {
namespace {

using wire::AddressFamily;
using wire::Bytes;
using Field = Patch::Field;

/// A packet never grows beyond this.
constexpr std::size_t most_bytes = 4096;

void set8(Bytes& packet, std::size_t at, std::uint16_t value) {
  if (at < packet.size()) packet[at] = static_cast<std::uint8_t>(value);
}
void set16(Bytes& packet, std::size_t at, std::uint16_t value) {
  if (at + 2 <= packet.size()) wire::store_be16(&packet[at], value);
}
void add32(Bytes& packet, std::size_t at, std::int32_t value) {
  if (at + 4 > packet.size()) return;
  wire::store_be32(&packet[at], wire::load_be32(&packet[at]) + static_cast<std::uint32_t>(value));
}
void replace(Bytes& packet, std::size_t from, std::size_t to, wire::ByteView with) {
  from = std::min(from, packet.size());
  to = std::clamp(to, from, packet.size());
  packet.erase(packet.begin() + static_cast<std::ptrdiff_t>(from),
               packet.begin() + static_cast<std::ptrdiff_t>(to));
  packet.insert(packet.begin() + static_cast<std::ptrdiff_t>(from), with.begin(), with.end());
}

std::int32_t as_signed(std::uint16_t value) {
  return static_cast<std::int16_t>(value);
}
std::uint8_t index_in(std::uint16_t value) {
  return static_cast<std::uint8_t>(value);
}

/// An extension header that says little: options that only pad, or a fragment header of a packet
/// that is whole.
void insert_extension(Bytes& packet, std::uint16_t value) {
  constexpr std::array<std::uint8_t, 4> kinds{0, 60, 44, 43};
  const std::uint8_t kind = kinds[value % kinds.size()];
  std::array<std::uint8_t, 8> header{packet[wire::ipv6::next_header]};
  if (kind == 0 || kind == 60) header = {header[0], 0, 1, 4};
  if (kind == 44) header = {header[0], 0, 0, static_cast<std::uint8_t>(value >> 8 & 1), 0, 0, 0, 9};
  if (kind == 43)
    header = {header[0], 0, static_cast<std::uint8_t>(value >> 8 & 7),
              static_cast<std::uint8_t>(value >> 11 & 1)};
  packet[wire::ipv6::next_header] = kind;
  replace(packet, wire::ipv6::size, wire::ipv6::size, header);
}

void set_ip_options(Bytes& packet, const Layers& layers, std::uint16_t value) {
  if (layers.family == AddressFamily::ipv6) return insert_extension(packet, value);
  const wire::ByteView options = ip_options(index_in(value));
  replace(packet, wire::ipv4::min_size, layers.l4, options);
  packet[wire::ipv4::version_ihl] =
      static_cast<std::uint8_t>(0x40 | (wire::ipv4::min_size + options.size()) / 4);
}

bool is_dccp(const Bytes& packet, const Layers& layers) {
  return layers.protocol == model::protocol::dccp && !layers.later_fragment &&
         packet.size() >= layers.l4 + wire::dccp::extended_size;
}

std::size_t payload_offset(const Bytes& packet, const Layers& layers) {
  if (layers.is_tcp() && packet.size() > layers.l4 + wire::tcp::offset_reserved)
    return layers.l4 + (packet[layers.l4 + wire::tcp::offset_reserved] >> 4) * std::size_t{4};
  if (layers.protocol == 132) return layers.l4 + wire::sctp::size;
  if (is_dccp(packet, layers)) return layers.l4 + packet[layers.l4 + wire::dccp::data_offset] * 4U;
  return layers.l4 + wire::udp::size;
}

void set_tcp_options(Bytes& packet, const Layers& layers, std::uint16_t value) {
  if (!layers.is_tcp() || packet.size() < layers.l4 + wire::tcp::min_size) return;
  const wire::ByteView options = tcp_options(index_in(value));
  replace(packet, layers.l4 + wire::tcp::min_size, payload_offset(packet, layers), options);
  packet[layers.l4 + wire::tcp::offset_reserved] =
      static_cast<std::uint8_t>((wire::tcp::min_size + options.size()) / 4 << 4);
}

std::size_t checksum_at(const Layers& layers) {
  if (layers.is_tcp()) return layers.l4 + wire::tcp::checksum;
  if (layers.is_icmp()) return layers.l4 + wire::icmp::checksum;
  if (layers.protocol == 132) return layers.l4 + wire::sctp::checksum;
  return layers.l4 + wire::udp::checksum;
}

/// A value of zero is none, one beyond the middle is itself, and another spoils what is there.
void set_l4_checksum(Bytes& packet, const Layers& layers, std::uint16_t value) {
  const std::size_t at = checksum_at(layers);
  if (at + 2 > packet.size()) return;
  const std::uint16_t spoiled = static_cast<std::uint16_t>(wire::load_be16(&packet[at]) ^ value);
  set16(packet, at, value == 0 ? std::uint16_t{0} : value >= 0x8000 ? value : spoiled);
}

void set_l4_length(Bytes& packet, const Layers& layers, std::uint16_t value) {
  if (layers.is_tcp())
    return set8(packet, layers.l4 + wire::tcp::offset_reserved,
                static_cast<std::uint16_t>(value << 4));
  set16(packet, layers.l4 + wire::udp::length, value);
}

void set_type_code(Bytes& packet, const Layers& layers, std::uint16_t value) {
  if (is_dccp(packet, layers)) return set8(packet, layers.l4 + wire::dccp::type_and_x, value);
  set16(packet, layers.protocol == 132 ? layers.l4 + wire::sctp::size : layers.l4, value);
}

void set_ip_field(Bytes& packet, const Layers& layers, const Patch& patch) {
  const bool ipv6 = layers.family == AddressFamily::ipv6;
  const std::uint16_t value = patch.value;
  switch (patch.field) {
    case Field::ttl:
      return set8(packet, ipv6 ? wire::ipv6::hop_limit : wire::ipv4::ttl, value);
    case Field::tos:
      return ipv6 ? set16(packet, 0, static_cast<std::uint16_t>(0x6000 | (value & 0xfff)))
                  : set8(packet, wire::ipv4::tos, value);
    case Field::ip_id:
      return ipv6 ? void() : set16(packet, wire::ipv4::id, value);
    case Field::fragment:
      return ipv6 ? insert_extension(packet, 2) : set16(packet, wire::ipv4::fragment, value);
    case Field::version_ihl:
      return set8(packet, 0, value);
    case Field::total_length:
      return set16(packet, ipv6 ? wire::ipv6::payload_length : wire::ipv4::total_length, value);
    case Field::protocol:
      return set8(packet, ipv6 ? wire::ipv6::next_header : wire::ipv4::protocol, value);
    case Field::ip_src:
      return set_source(packet, address(layers.family, index_in(value)));
    case Field::ip_dst:
      return set_destination(packet, address(layers.family, index_in(value)));
    case Field::ip_checksum:
      return ipv6 ? void() : set16(packet, wire::ipv4::checksum, value);
    default:
      return set_ip_options(packet, layers, value);
  }
}

/// The low words of DCCP's long numbers.
constexpr std::size_t dccp_seq = wire::dccp::seq + 2;
constexpr std::size_t dccp_ack = wire::dccp::extended_size + wire::dccp::ack_number + 2;

void set_l4_field(Bytes& packet, const Layers& layers, const Patch& patch) {
  const std::uint16_t value = patch.value;
  switch (patch.field) {
    case Field::src_port:
      return set16(packet, layers.l4, port(index_in(value)));
    case Field::dst_port:
      return set16(packet, layers.l4 + 2, port(index_in(value)));
    case Field::l4_checksum:
      return set_l4_checksum(packet, layers, value);
    case Field::l4_length:
      return set_l4_length(packet, layers, value);
    case Field::tcp_seq:
      return add32(packet, layers.l4 + (is_dccp(packet, layers) ? dccp_seq : wire::tcp::seq),
                   as_signed(value));
    case Field::tcp_ack:
      return add32(packet, layers.l4 + (is_dccp(packet, layers) ? dccp_ack : wire::tcp::ack),
                   as_signed(value));
    case Field::tcp_window:
      return set16(packet, layers.l4 + wire::tcp::window, value);
    case Field::tcp_flags:
      return set8(packet, layers.l4 + wire::tcp::flags, value);
    case Field::tcp_options:
      return set_tcp_options(packet, layers, value);
    case Field::type_code:
      return set_type_code(packet, layers, value);
    case Field::rest:
      return set16(packet, layers.l4 + 6, value);
    default:
      return replace(packet, payload_offset(packet, layers), packet.size(),
                     payload(index_in(value)));
  }
}

void set_anything(Bytes& packet, const Patch& patch) {
  const std::uint16_t value = patch.value;
  switch (patch.field) {
    case Field::cut:
      return packet.resize(std::min<std::size_t>(value, packet.size()));
    case Field::pad:
      return packet.resize(std::min(packet.size() + value % 64, most_bytes), 'x');
    case Field::bit:
      if (!packet.empty())
        packet[value / 8 % packet.size()] ^= static_cast<std::uint8_t>(1 << value % 8);
      return;
    default:
      if (!packet.empty()) packet[value % packet.size()] = static_cast<std::uint8_t>(value >> 8);
      return;
  }
}

void change(Bytes& packet, const Patch& patch) {
  if (patch.field >= Field::cut) return set_anything(packet, patch);
  const Layers layers = layers_of(packet);
  if (!layers.any()) return;
  if (patch.field <= Field::ip_options) return set_ip_field(packet, layers, patch);
  set_l4_field(packet, layers, patch);
}

/// The innermost packet that errors quote; the packet itself when it quotes none.
std::size_t quoted_at(const Bytes& packet) {
  const Layers layers = layers_of(packet);
  return quotes_another(packet, layers) ? layers.l4 + wire::icmp::size : 0;
}

void apply(Bytes& packet, const Patch& patch) {
  const std::size_t at = patch.layer == Patch::Layer::quoted ? quoted_at(packet) : 0;
  if (at == 0) return change(packet, patch);
  Bytes quoted(packet.begin() + static_cast<std::ptrdiff_t>(at), packet.end());
  change(quoted, patch);
  replace(packet, at, packet.size(), quoted);
}

}  // namespace

void apply_patches(Bytes& packet, std::span<const Patch> patches, bool is_new) {
  bool incomplete = is_new;
  for (const Patch& patch : patches) {
    if (patch.when != Patch::When::before_checksums) continue;
    apply(packet, patch);
    incomplete = true;
  }
  if (incomplete) complete(packet);
  for (const Patch& patch : patches) {
    if (patch.when == Patch::When::after_checksums) apply(packet, patch);
  }
}

}  // namespace natstep::fuzz
