// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rule_fields.h"

#include "model/packet.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

namespace natstep::model {
namespace {

using Number = std::optional<std::uint64_t>;

/// What `meta iifname` reads when there is no interface: a name that is nobody's.
constexpr std::uint64_t nameless = 0xffffffff;
constexpr std::uint64_t nfproto_ipv4 = 2;
constexpr std::uint8_t dscp_shift = 2;

std::uint64_t port_value(PortId port) {
  return port == no_port ? nameless : port;
}

Number meta_field(const Packet& packet, const wire::Ipv4View& header, Field field) {
  switch (field) {
    case Field::meta_iifname:
      return port_value(packet.in);
    case Field::meta_oifname:
      return port_value(packet.out);
    case Field::meta_l4proto:
      return header.protocol();
    case Field::meta_mark:
      return packet.mark;
    case Field::meta_length:
      return packet.bytes.size();
    case Field::meta_nfproto:
      return nfproto_ipv4;
    default:
      return std::nullopt;
  }
}

Number ip_field(const wire::Ipv4View& header, Field field) {
  switch (field) {
    case Field::ip_saddr:
      return header.src();
    case Field::ip_daddr:
      return header.dst();
    case Field::ip_protocol:
      return header.protocol();
    case Field::ip_ttl:
      return header.ttl();
    case Field::ip_dscp:
      return header.tos() >> dscp_shift;
    case Field::ip_id:
      return header.id();
    case Field::ip_length:
      return header.total_length();
    case Field::ip_frag_off:
      return header.fragment_word();
    case Field::ip_version:
      return header.version();
    case Field::ip_hdrlength:
      return header.ihl();
    default:
      return std::nullopt;
  }
}

namespace protocol = wire::ip_protocol;
namespace udp = wire::udp;
namespace tcp = wire::tcp;
namespace icmp = wire::icmpv4;

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
    default:
      return std::nullopt;
  }
}

/// nft_payload_eval: no transport header in a later fragment, and no reading beyond the packet.
Number l4_field(const wire::Ipv4View& header, const L4Place& place) {
  if (header.fragment_offset() != 0) return std::nullopt;
  if (place.protocol != 0 && header.protocol() != place.protocol) return std::nullopt;
  const wire::ByteView l4 = header.rest();
  if (l4.size() < place.offset + place.size) return std::nullopt;
  std::uint64_t value = 0;
  for (const std::uint8_t byte : l4.subspan(place.offset, place.size))
    value = value << 8 | byte;
  return value;
}

std::uint64_t state_bit(const Packet& packet) {
  if (!packet.tracked()) return packet.untracked ? ct_state::untracked : ct_state::invalid;
  switch (packet.ctinfo) {
    case CtInfo::is_new:
      return ct_state::is_new;
    case CtInfo::related:
    case CtInfo::related_reply:
      return ct_state::related;
    default:
      return ct_state::established;
  }
}

std::uint64_t address_value(const wire::Address& address) {
  return address.ipv4_value();
}

Number ct_field(const Packet& packet, Field field) {
  if (field == Field::ct_state) return state_bit(packet);
  if (!packet.tracked()) return std::nullopt;
  const Conn& conn = *packet.conn;
  const Tuple& original = conn.of(Direction::original);
  const Tuple& reply = conn.of(Direction::reply);
  switch (field) {
    case Field::ct_status:
      return conn.status;
    case Field::ct_direction:
      return index(direction_of(packet.ctinfo));
    case Field::ct_mark:
      return conn.mark;
    case Field::ct_protocol:
      return original.protocol;
    case Field::ct_original_saddr:
      return address_value(original.src);
    case Field::ct_original_daddr:
      return address_value(original.dst);
    case Field::ct_original_proto_src:
      return original.src_id;
    case Field::ct_original_proto_dst:
      return original.dst_id;
    case Field::ct_reply_saddr:
      return address_value(reply.src);
    case Field::ct_reply_daddr:
      return address_value(reply.dst);
    case Field::ct_reply_proto_src:
      return reply.src_id;
    case Field::ct_reply_proto_dst:
      return reply.dst_id;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::uint64_t> read_field(const Packet& packet, Field field) {
  const wire::Ipv4View header(packet.bytes);
  if (field >= Field::ct_state) return ct_field(packet, field);
  if (field <= Field::meta_nfproto) return meta_field(packet, header, field);
  if (field <= Field::ip_hdrlength) return ip_field(header, field);
  const auto place = place_of(field);
  return place ? l4_field(header, *place) : std::nullopt;
}

}  // namespace natstep::model
