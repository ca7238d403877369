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
  if (walk.authentication && !looks_behind.authentication) {
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
  if (!looks_behind.end && walk.offset > packet.size()) return std::nullopt;
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

/// nft_payload_eval: no transport header in a later fragment, and no reading beyond the packet.
Number l4_field(const Packet& packet, const Transport& transport, const TransportPlace& place) {
  if (transport.later_fragment) return std::nullopt;
  if (place.protocol != 0 && transport.protocol != place.protocol) return std::nullopt;
  const wire::ByteView l4 = bytes_at(packet, transport);
  if (l4.size() < place.offset + place.size) return std::nullopt;
  std::uint64_t value = 0;
  for (const std::uint8_t byte : l4.subspan(place.offset, place.size))
    value = value << 8 | byte;
  return value;
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

std::optional<TransportPlace> transport_place(Field field) {
  switch (field) {
    case Field::th_sport:
      return TransportPlace{.offset = udp::src_port};
    case Field::th_dport:
      return TransportPlace{.offset = udp::dst_port};
    case Field::udp_sport:
      return TransportPlace{protocol::udp, udp::src_port, 2};
    case Field::udp_dport:
      return TransportPlace{protocol::udp, udp::dst_port, 2};
    case Field::udp_length:
      return TransportPlace{protocol::udp, udp::length, 2};
    case Field::udp_checksum:
      return TransportPlace{protocol::udp, udp::checksum, 2};
    case Field::tcp_sport:
      return TransportPlace{protocol::tcp, tcp::src_port, 2};
    case Field::tcp_dport:
      return TransportPlace{protocol::tcp, tcp::dst_port, 2};
    case Field::tcp_flags:
      return TransportPlace{protocol::tcp, tcp::flags, 1};
    case Field::tcp_sequence:
      return TransportPlace{protocol::tcp, tcp::seq, 4};
    case Field::tcp_ackseq:
      return TransportPlace{protocol::tcp, tcp::ack, 4};
    case Field::tcp_window:
      return TransportPlace{protocol::tcp, tcp::window, 2};
    case Field::icmp_type:
      return TransportPlace{protocol::icmp, icmp::type, 1};
    case Field::icmp_code:
      return TransportPlace{protocol::icmp, icmp::code, 1};
    case Field::icmp_id:
      return TransportPlace{protocol::icmp, icmp::id, 2};
    case Field::icmp_sequence:
      return TransportPlace{protocol::icmp, icmp::seq, 2};
    case Field::icmp_mtu:
      return TransportPlace{protocol::icmp, icmp::mtu, 2};
    case Field::icmpv6_type:
      return TransportPlace{protocol::icmpv6, icmpv6::type, 1};
    case Field::icmpv6_code:
      return TransportPlace{protocol::icmpv6, icmpv6::code, 1};
    case Field::icmpv6_id:
      return TransportPlace{protocol::icmpv6, icmpv6::id, 2};
    case Field::icmpv6_sequence:
      return TransportPlace{protocol::icmpv6, icmpv6::seq, 2};
    case Field::icmpv6_mtu:
      return TransportPlace{protocol::icmpv6, icmpv6::mtu, 4};
    case Field::ah_nexthdr:
      return TransportPlace{protocol::authentication, authentication::next_header, 1};
    case Field::ah_hdrlength:
      return TransportPlace{protocol::authentication, authentication::length, 1};
    case Field::ah_reserved:
      return TransportPlace{protocol::authentication, authentication::reserved, 2};
    case Field::ah_spi:
      return TransportPlace{protocol::authentication, authentication::spi, 4};
    case Field::ah_sequence:
      return TransportPlace{protocol::authentication, authentication::sequence, 4};
    default:
      return std::nullopt;
  }
}

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
  const auto place = transport_place(field);
  const auto transport = place ? transport_of(packet, looks_behind) : std::nullopt;
  return transport ? l4_field(packet, *transport, *place) : std::nullopt;
}

bool leads_beyond(const Packet& packet) {
  return packet.is_ipv6() && wire::Ipv6View(packet.bytes).walk().offset > packet.bytes.size();
}

bool is_cut_short(const Packet& packet, const Match& match, LooksBehind looks_behind) {
  if (match.reads == 0) return false;
  if (match.field == Field::meta_l4proto) {
    const bool truncated = packet.is_ipv6() && wire::Ipv6View(packet.bytes).walk().end ==
                                                   wire::ExtensionWalk::End::truncated;
    return truncated || (!looks_behind.end && leads_beyond(packet));
  }
  const auto transport = transport_of(packet, looks_behind);
  if (!transport) return false;
  if (transport->later_fragment) {
    constexpr std::size_t second = 8;  // the first place at which a fragment can begin
    const auto place = transport_place(match.field);
    return place && place->protocol == protocol::tcp && match.reads == tcp::min_size &&
           !packet.is_ipv6() && wire::Ipv4View(packet.bytes).fragment_offset() == second;
  }
  const wire::ByteView header = bytes_at(packet, *transport);
  if (match.field != Field::tcp_maxseg) return header.size() < match.reads;
  const auto segment = wire::TcpView::parse(header);
  return !segment || !segment->header_fits();
}

bool is_behind_authentication(const Packet& packet, Field field) {
  const bool in_the_packet =
      field <= Field::ip6_version ? field == Field::meta_l4proto : field < Field::ct_state;
  return in_the_packet && packet.is_ipv6() &&
         wire::Ipv6View(packet.bytes).walk().authentication.has_value();
}

}  // namespace natstep::model
