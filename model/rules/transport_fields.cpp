// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rules/transport_fields.h"

#include "model/packet.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <cstddef>

namespace natstep::model {
namespace {

Transport ipv4_transport(const wire::Ipv4View& header) {
  return {.protocol = header.protocol(),
          .offset = header.header_length(),
          .later_fragment = header.fragment_offset() != 0};
}

/// ipv6_find_hdr: nothing behind a truncated extension header, nor in a later fragment that begins
/// with one; "no next header" is a protocol.
std::optional<Transport> ipv6_transport(wire::ByteView packet, LooksBehind looks_behind) {
  const wire::ExtensionWalk walk = wire::Ipv6View(packet).walk();
  if (walk.authentication && looks_behind == LooksBehind::all_but_authentication) {
    return Transport{.protocol = wire::ip_protocol::authentication,
                     .offset = walk.authentication->offset};
  }
  if (walk.end == wire::ExtensionWalk::End::truncated) return std::nullopt;
  if (walk.end == wire::ExtensionWalk::End::later_fragment) {
    const std::uint8_t next = walk.fragment->next;
    if (wire::ipv6::is_extension(next) && next != wire::ip_protocol::no_next_header) {
      return std::nullopt;
    }
    return Transport{.protocol = next, .offset = walk.offset, .later_fragment = true};
  }
  return Transport{.protocol = walk.protocol, .offset = walk.offset};
}

wire::ByteView bytes_at(const Packet& packet, const Transport& transport) {
  const wire::ByteView bytes(packet.bytes);
  return bytes.subspan(std::min(transport.offset, bytes.size()));
}

namespace protocol = wire::ip_protocol;
namespace udp = wire::udp;
namespace tcp = wire::tcp;
namespace icmp = wire::icmpv4;
namespace icmpv6 = wire::icmpv6;
namespace authentication = wire::authentication;

/// Where a transport field stands, and which protocol it supposes (0: any).
struct L4Place {
  std::uint8_t protocol = 0;
  std::size_t offset = 0;
  std::size_t size = 2;  // bytes
};

std::optional<L4Place> place_of(Field field) {
  switch (field) {
    case Field::th_sport:
      return L4Place{.offset = udp::src_port};
    case Field::th_dport:
      return L4Place{.offset = udp::dst_port};
    case Field::udp_sport:
      return L4Place{protocol::udp, udp::src_port, 2};
    case Field::udp_dport:
      return L4Place{protocol::udp, udp::dst_port, 2};
    case Field::udp_length:
      return L4Place{protocol::udp, udp::length, 2};
    case Field::udp_checksum:
      return L4Place{protocol::udp, udp::checksum, 2};
    case Field::tcp_sport:
      return L4Place{protocol::tcp, tcp::src_port, 2};
    case Field::tcp_dport:
      return L4Place{protocol::tcp, tcp::dst_port, 2};
    case Field::tcp_flags:
      return L4Place{protocol::tcp, tcp::flags, 1};
    case Field::tcp_sequence:
      return L4Place{protocol::tcp, tcp::seq, 4};
    case Field::tcp_ackseq:
      return L4Place{protocol::tcp, tcp::ack, 4};
    case Field::tcp_window:
      return L4Place{protocol::tcp, tcp::window, 2};
    case Field::icmp_type:
      return L4Place{protocol::icmp, icmp::type, 1};
    case Field::icmp_code:
      return L4Place{protocol::icmp, icmp::code, 1};
    case Field::icmp_id:
      return L4Place{protocol::icmp, icmp::id, 2};
    case Field::icmp_sequence:
      return L4Place{protocol::icmp, icmp::seq, 2};
    case Field::icmp_mtu:
      return L4Place{protocol::icmp, icmp::mtu, 2};
    case Field::icmpv6_type:
      return L4Place{protocol::icmpv6, icmpv6::type, 1};
    case Field::icmpv6_code:
      return L4Place{protocol::icmpv6, icmpv6::code, 1};
    case Field::icmpv6_id:
      return L4Place{protocol::icmpv6, icmpv6::id, 2};
    case Field::icmpv6_sequence:
      return L4Place{protocol::icmpv6, icmpv6::seq, 2};
    case Field::icmpv6_mtu:
      return L4Place{protocol::icmpv6, icmpv6::mtu, 4};
    case Field::ah_nexthdr:
      return L4Place{protocol::authentication, authentication::next_header, 1};
    case Field::ah_hdrlength:
      return L4Place{protocol::authentication, authentication::length, 1};
    case Field::ah_reserved:
      return L4Place{protocol::authentication, authentication::reserved, 2};
    case Field::ah_spi:
      return L4Place{protocol::authentication, authentication::spi, 4};
    case Field::ah_sequence:
      return L4Place{protocol::authentication, authentication::sequence, 4};
    default:
      return std::nullopt;
  }
}

/// nft_payload_eval: no transport header in a later fragment, and no reading beyond the packet.
Number l4_field(const Packet& packet, const Transport& transport, const L4Place& place) {
  if (transport.later_fragment) return std::nullopt;
  if (place.protocol != 0 && transport.protocol != place.protocol) return std::nullopt;
  const wire::ByteView l4 = bytes_at(packet, transport);
  if (l4.size() < place.offset + place.size) return std::nullopt;
  std::uint64_t value = 0;
  for (const std::uint8_t byte : l4.subspan(place.offset, place.size))
    value = value << 8 | byte;
  return value;
}

bool is_tcp(Field field) {
  const auto place = place_of(field);
  return place && place->protocol == protocol::tcp;
}

/// What the match of iptables that has the field reads at once; multiport has the ports of any
/// protocol. Zero for other fields.
std::size_t size_of_header(Field field) {
  const auto place = place_of(field);
  if (!place) return 0;
  constexpr std::size_t ports = 4;
  switch (place->protocol) {
    case 0:
      return ports;
    case protocol::tcp:
      return tcp::min_size;
    case protocol::udp:
      return udp::size;
    case protocol::icmp:
    case protocol::icmpv6:
      return 8;  // struct icmphdr
    default:
      return 0;
  }
}

/// The value of the first MSS option that the header holds; nothing when it is cut short.
Number maxseg(const Packet& packet, LooksBehind looks_behind) {
  const auto transport = transport_of(packet, looks_behind);
  if (!transport || transport->protocol != protocol::tcp) return std::nullopt;
  if (transport->later_fragment) return std::nullopt;
  const auto segment = wire::TcpView::parse(bytes_at(packet, *transport));
  if (!segment || !segment->header_fits()) return std::nullopt;
  auto options = segment->read_options();
  while (const auto option = options.next()) {
    if (option->kind == tcp::option::mss && option->data.size() == 2) {
      return wire::load_be16(option->data.data());
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Transport> transport_of(const Packet& packet, LooksBehind looks_behind) {
  if (packet.is_ipv6()) return ipv6_transport(packet.bytes, looks_behind);
  return ipv4_transport(wire::Ipv4View(packet.bytes));
}

Number l4_protocol(const Packet& packet, LooksBehind looks_behind) {
  if (!packet.is_ipv6()) return wire::Ipv4View(packet.bytes).protocol();
  const auto transport = ipv6_transport(packet.bytes, looks_behind);
  return transport ? Number(transport->protocol) : std::nullopt;
}

Number transport_field(const Packet& packet, Field field, LooksBehind looks_behind) {
  if (field == Field::tcp_maxseg) return maxseg(packet, looks_behind);
  const auto place = place_of(field);
  const auto transport = place ? transport_of(packet, looks_behind) : std::nullopt;
  return transport ? l4_field(packet, *transport, *place) : std::nullopt;
}

bool is_cut_short(const Packet& packet, Field field) {
  const auto transport = transport_of(packet, LooksBehind::all);
  if (field == Field::meta_l4proto) {
    const bool truncated = packet.is_ipv6() && wire::Ipv6View(packet.bytes).walk().end ==
                                                   wire::ExtensionWalk::End::truncated;
    return truncated && !transport;
  }
  const std::size_t needed = size_of_header(field);
  if (needed == 0 || !transport) return false;
  if (transport->later_fragment) {
    constexpr std::size_t second = 8;  // the first place at which a fragment can begin
    return is_tcp(field) && !packet.is_ipv6() &&
           wire::Ipv4View(packet.bytes).fragment_offset() == second;
  }
  return bytes_at(packet, *transport).size() < needed;
}

bool is_behind_authentication(const Packet& packet, Field field) {
  const bool in_the_packet =
      field <= Field::ip6_version ? field == Field::meta_l4proto : field < Field::ct_state;
  return in_the_packet && packet.is_ipv6() &&
         wire::Ipv6View(packet.bytes).walk().authentication.has_value();
}

}  // namespace natstep::model
