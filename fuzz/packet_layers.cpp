// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/packet_layers.h"

#include "model/protocol.h"
#include "model/wire/checksum.h"
#include "model/wire/dccp.h"
#include "model/wire/icmpv4.h"
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
using wire::ByteView;
namespace protocol = wire::ip_protocol;

constexpr std::uint8_t udplite = 136;
constexpr std::uint8_t raw = 255;  // that of sockets which bring their own header

bool is_extension(std::uint8_t header) {
  return header == protocol::hop_by_hop || header == protocol::routing ||
         header == protocol::fragment || header == protocol::destination_options;
}

Layers ipv4_layers(ByteView packet) {
  const wire::Ipv4View header(packet);
  return {.family = AddressFamily::ipv4,
          .l4 = std::clamp(header.header_length(), wire::ipv4::min_size, packet.size()),
          .protocol = header.protocol(),
          .later_fragment = header.fragment_offset() != 0,
          .fragment = header.is_fragment()};
}

Layers ipv6_layers(ByteView packet) {
  Layers layers{.family = AddressFamily::ipv6,
                .l4 = wire::ipv6::size,
                .protocol = packet[wire::ipv6::next_header]};
  while (is_extension(layers.protocol) && layers.l4 + 8 <= packet.size()) {
    const auto* header = &packet[layers.l4];
    const bool fragment = layers.protocol == protocol::fragment;
    layers.fragment = layers.fragment || fragment;
    if (fragment && (wire::load_be16(header + 2) & wire::ipv6::fragment::offset_mask) != 0)
      layers.later_fragment = true;
    layers.protocol = header[0];
    layers.l4 += fragment ? 8 : (header[1] + std::size_t{1}) * 8;
  }
  layers.l4 = std::min(layers.l4, packet.size());
  return layers;
}

void write_lengths(Bytes& packet, const Layers& layers) {
  if (layers.family == AddressFamily::ipv4) {
    wire::store_be16(&packet[wire::ipv4::total_length], static_cast<std::uint16_t>(packet.size()));
  } else {
    wire::store_be16(&packet[wire::ipv6::payload_length],
                     static_cast<std::uint16_t>(packet.size() - wire::ipv6::size));
  }
}

/// Where the internet checksum of the protocol stands; 0: it has none.
std::size_t checksum_offset(std::uint8_t protocol) {
  switch (protocol) {
    case protocol::tcp:
      return wire::tcp::checksum;
    case protocol::udp:
    case udplite:
      return wire::udp::checksum;
    case model::protocol::dccp:
      return wire::dccp::checksum;
    case protocol::icmp:
    case protocol::icmpv6:
      return wire::icmp::checksum;
    default:
      return 0;
  }
}

/// The bytes that the checksum covers, and what UDP, UDP-Lite and DCCP say about them.
ByteView covered(std::span<std::uint8_t> l4, std::uint8_t protocol) {
  if (protocol == protocol::udp)
    wire::store_be16(&l4[wire::udp::length], static_cast<std::uint16_t>(l4.size()));
  if (protocol == model::protocol::dccp)
    return wire::DccpView(l4).fits() ? wire::DccpView(l4).covered() : l4;
  if (protocol != udplite) return l4;
  const std::uint16_t coverage = wire::load_be16(&l4[wire::udp::length]);
  return coverage >= wire::udp::size && coverage <= l4.size() ? l4.first(coverage) : l4;
}

void write_l4_checksum(Bytes& packet, const Layers& layers) {
  const std::span<std::uint8_t> l4 = std::span(packet).subspan(layers.l4);
  if (layers.protocol == 132 && l4.size() >= wire::sctp::size)
    return wire::store_be32(&l4[wire::sctp::checksum], wire::sctp_checksum(l4));
  const std::size_t offset = checksum_offset(layers.protocol);
  if (offset == 0 || l4.size() < std::max<std::size_t>(offset + 2, 8)) return;
  wire::store_be16(&l4[offset], 0);
  const ByteView sum_over = covered(l4, layers.protocol);
  const bool pseudo = layers.protocol != protocol::icmp;
  const std::uint32_t seed = pseudo ? wire::pseudo_header_sum(source_of(packet, layers.family),
                                                              destination_of(packet, layers.family),
                                                              layers.protocol, l4.size())
                                    : 0;
  const std::uint16_t sum = wire::internet_checksum(sum_over, seed);
  const bool zero_means_none = layers.protocol == protocol::udp || layers.protocol == udplite;
  wire::store_be16(&l4[offset], sum == 0 && zero_means_none ? std::uint16_t{0xffff} : sum);
}

}  // namespace

bool Layers::is_icmp() const {
  return !later_fragment &&
         protocol == (family == AddressFamily::ipv6 ? protocol::icmpv6 : protocol::icmp);
}

bool Layers::is_tcp() const {
  return !later_fragment && protocol == protocol::tcp;
}

Layers layers_of(ByteView packet) {
  if (packet.empty()) return {};
  if (packet[0] >> 4 == 6)
    return packet.size() >= wire::ipv6::size ? ipv6_layers(packet) : Layers{};
  return packet.size() >= wire::ipv4::min_size ? ipv4_layers(packet) : Layers{};
}

wire::Address source_of(ByteView packet, AddressFamily family) {
  wire::Address address{.bytes = {}, .family = family};
  const std::size_t offset = family == AddressFamily::ipv6 ? wire::ipv6::src : wire::ipv4::src;
  std::copy_n(packet.begin() + static_cast<std::ptrdiff_t>(offset), address.size(),
              address.bytes.begin());
  return address;
}

wire::Address destination_of(ByteView packet, AddressFamily family) {
  wire::Address address{.bytes = {}, .family = family};
  const std::size_t offset = family == AddressFamily::ipv6 ? wire::ipv6::dst : wire::ipv4::dst;
  std::copy_n(packet.begin() + static_cast<std::ptrdiff_t>(offset), address.size(),
              address.bytes.begin());
  return address;
}

void set_source(Bytes& packet, const wire::Address& address) {
  const bool ipv6 = address.family == AddressFamily::ipv6;
  std::copy_n(address.bytes.begin(), address.size(),
              packet.begin() + (ipv6 ? wire::ipv6::src : wire::ipv4::src));
}

void set_destination(Bytes& packet, const wire::Address& address) {
  const bool ipv6 = address.family == AddressFamily::ipv6;
  std::copy_n(address.bytes.begin(), address.size(),
              packet.begin() + (ipv6 ? wire::ipv6::dst : wire::ipv4::dst));
}

bool teaches_a_route(wire::ByteView packet) {
  const Layers layers = layers_of(packet);
  constexpr std::size_t header = 8;
  if (!layers.is_icmp() || packet.size() < layers.l4 + header) return false;
  const std::uint8_t* icmp = &packet[layers.l4];
  const Layers quoted = layers_of(packet.subspan(layers.l4 + header));
  // Not is_icmp(): a later piece of a message is taken for one.
  const bool taken = quoted.protocol == protocol::icmp || quoted.protocol == protocol::icmpv6 ||
                     quoted.protocol == raw;
  if (!taken) return false;
  constexpr std::uint8_t unreachable = 3, fragmentation_needed = 4, too_big = 2;
  constexpr std::uint32_t least_ipv6 = 1280, most = 1500;  // RFC 8200 section 5; our ports
  if (layers.family == AddressFamily::ipv6) {
    const std::uint32_t mtu = wire::load_be32(icmp + 4);
    return icmp[0] == too_big && mtu >= least_ipv6 && mtu < most;
  }
  return icmp[0] == unreachable && icmp[1] == fragmentation_needed &&
         wire::load_be16(icmp + 6) < most;
}

bool quotes_another(ByteView packet, const Layers& layers) {
  if (!layers.is_icmp() || packet.size() < layers.l4 + wire::icmp::size) return false;
  const std::uint8_t type = packet[layers.l4];
  constexpr std::uint8_t first_icmpv6_query = 128;
  return layers.family == AddressFamily::ipv6 ? type < first_icmpv6_query
                                              : wire::icmpv4::is_error(type);
}

void complete(Bytes& packet) {
  const Layers layers = layers_of(packet);
  if (!layers.any()) return;
  write_lengths(packet, layers);
  if (!layers.later_fragment) write_l4_checksum(packet, layers);
  if (layers.family != AddressFamily::ipv4) return;
  const wire::Ipv4Edit header(packet);
  if (header.header_fits()) header.fill_checksum();
}

}  // namespace natstep::fuzz
