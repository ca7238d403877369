// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rules/rule_fields.h"

#include "model/packet.h"
#include "model/router/fib.h"
#include "model/rules/transport_fields.h"
#include "model/wire/ipv4.h"

namespace natstep::model {
namespace {

/// What `meta iifname` reads when there is no interface: a name that is nobody's.
constexpr std::uint64_t nameless = 0xffffffff;
constexpr std::uint64_t nfproto_ipv4 = 2;
constexpr std::uint64_t nfproto_ipv6 = 10;
constexpr std::uint8_t dscp_shift = 2;

std::uint64_t port_value(PortId port) {
  return port == no_port ? nameless : port;
}

Number meta_field(const Packet& packet, Field field, LooksBehind looks_behind) {
  switch (field) {
    case Field::meta_iifname:
      return port_value(packet.in);
    case Field::meta_oifname:
      return port_value(packet.out);
    case Field::meta_l4proto:
      return l4_protocol(packet, looks_behind);
    case Field::meta_mark:
      return packet.mark;
    case Field::meta_length:
      return packet.bytes.size();
    case Field::meta_nfproto:
      return packet.is_ipv6() ? nfproto_ipv6 : nfproto_ipv4;
    case Field::meta_pkttype:
      return packet_type::host;
    default:
      return std::nullopt;
  }
}

Number ip6_field(const wire::Ipv6View& header, Field field) {
  switch (field) {
    case Field::ip6_nexthdr:
      return header.next_header();
    case Field::ip6_hoplimit:
      return header.hop_limit();
    case Field::ip6_dscp:
      return header.traffic_class() >> dscp_shift;
    case Field::ip6_flowlabel:
      return header.flow_label();
    case Field::ip6_length:
      return header.payload_length();
    case Field::ip6_version:
      return header.version();
    default:
      return std::nullopt;
  }
}

Number ip_field(const wire::Ipv4View& header, Field field) {
  switch (field) {
    case Field::ip_protocol:
      return header.protocol();
    case Field::ip_ttl:
      return header.ttl();
    case Field::ip_tos:
      return header.tos();
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

/// What rules before conntrack ask for stands in for an entry, and counts as new.
std::uint64_t state_bit(const Packet& packet) {
  if (packet.conn_template) return ct_state::is_new;
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

/// Counters of one direction, or of both; average packet sizes are rounded down.
Number ct_counter(const Conn& conn, Field field) {
  const auto kind = static_cast<unsigned>(field) - static_cast<unsigned>(Field::ct_bytes);
  constexpr unsigned directions = 3;
  Counters counted;
  for (std::size_t d = 0; d < 2; ++d) {
    if (kind % directions != 0 && kind % directions != d + 1) continue;
    counted.packets += conn.counters[d].packets;
    counted.bytes += conn.counters[d].bytes;
  }
  if (field < Field::ct_packets) return counted.bytes;
  if (field < Field::ct_avgpkt) return counted.packets;
  return counted.packets == 0 ? 0 : counted.bytes / counted.packets;
}

std::uint64_t low_labels(const Labels& labels) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i)
    bits |= std::uint64_t{labels[i]} << (8 * i);
  return bits;
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
    case Field::ct_original_proto_src:
      return original.src_id;
    case Field::ct_original_proto_dst:
      return original.dst_id;
    case Field::ct_reply_proto_src:
      return reply.src_id;
    case Field::ct_reply_proto_dst:
      return reply.dst_id;
    case Field::ct_l3proto:
      return packet.is_ipv6() ? nfproto_ipv6 : nfproto_ipv4;
    case Field::ct_zone:
      return conn.zone.id;
    case Field::ct_original_zone:
      return conn.zone.in(Direction::original);
    case Field::ct_reply_zone:
      return conn.zone.in(Direction::reply);
    case Field::ct_label:
      return low_labels(conn.labels);
    default:
      return field >= Field::ct_bytes ? ct_counter(conn, field) : std::nullopt;
  }
}

/// A field of the header is absent from packets of the other family.
std::optional<wire::Address> header_address(const Packet& packet, Field field) {
  const bool of_ipv6 = field == Field::ip6_saddr || field == Field::ip6_daddr;
  if (of_ipv6 != packet.is_ipv6()) return std::nullopt;
  const bool source = field == Field::ip_saddr || field == Field::ip6_saddr;
  return source ? source_of(packet.bytes) : destination_of(packet.bytes);
}

std::optional<wire::Address> ct_address(const Packet& packet, Field field) {
  if (!packet.tracked()) return std::nullopt;
  const Tuple& original = packet.conn->of(Direction::original);
  const Tuple& reply = packet.conn->of(Direction::reply);
  switch (field) {
    case Field::ct_original_saddr:
      return original.src;
    case Field::ct_original_daddr:
      return original.dst;
    case Field::ct_reply_saddr:
      return reply.src;
    default:
      return reply.dst;
  }
}

enum class Addresses : std::uint8_t { none, header, entry };

Addresses addresses_in(Field field) {
  switch (field) {
    case Field::ip_saddr:
    case Field::ip_daddr:
    case Field::ip6_saddr:
    case Field::ip6_daddr:
      return Addresses::header;
    case Field::ct_original_saddr:
    case Field::ct_original_daddr:
    case Field::ct_reply_saddr:
    case Field::ct_reply_daddr:
      return Addresses::entry;
    default:
      return Addresses::none;
  }
}

Number header_field(const Packet& packet, Field field) {
  const bool of_ipv6 = field >= Field::ip6_saddr;
  if (of_ipv6 != packet.is_ipv6()) return std::nullopt;
  return of_ipv6 ? ip6_field(wire::Ipv6View(packet.bytes), field)
                 : ip_field(wire::Ipv4View(packet.bytes), field);
}

Number number_field(const Packet& packet, Field field, LooksBehind looks_behind) {
  if (field >= Field::ct_state) return ct_field(packet, field);
  if (field <= Field::generated) return meta_field(packet, field, looks_behind);
  if (field <= Field::ip6_version) return header_field(packet, field);
  return transport_field(packet, field, looks_behind);
}

}  // namespace

std::uint64_t address_type_of(const Fib& fib, std::uint32_t address) {
  constexpr std::uint32_t multicast = 0xe0000000, multicast_mask = 0xf0000000;
  constexpr std::uint32_t limited_broadcast = 0xffffffff, zero_net = 0x00ffffff;
  if (address == limited_broadcast || address <= zero_net) return address_type::broadcast;
  if ((address & multicast_mask) == multicast) return address_type::multicast;
  switch (fib.find(address).kind) {
    case RouteKind::local:
      return address_type::local;
    case RouteKind::broadcast:
      return address_type::broadcast;
    default:
      return address_type::unicast;
  }
}

std::optional<Value> read_field(const Packet& packet, Field field, LooksBehind looks_behind) {
  const Addresses addresses = addresses_in(field);
  if (addresses == Addresses::none) {
    const Number number = number_field(packet, field, looks_behind);
    return number ? std::optional(value_of(*number)) : std::nullopt;
  }
  const auto address =
      addresses == Addresses::header ? header_address(packet, field) : ct_address(packet, field);
  return address ? std::optional(value_of(*address)) : std::nullopt;
}

std::optional<Value> read_helper(const Conn* of, Field field) {
  const bool helped = of != nullptr && of->help != nullptr && of->help->kind;
  if (helped) return value_of(helper_value(*of->help->kind));
  return field == Field::xt_helper ? std::optional(value_of(0)) : std::nullopt;
}

std::optional<Value> read_template(const ConnTemplate& wanted, Field field) {
  switch (field) {
    case Field::ct_status:
      return value_of(std::uint64_t{status::confirmed | status::conn_template});
    case Field::ct_zone:
      return value_of(std::uint64_t{wanted.zone.id});
    case Field::ct_original_zone:
      return value_of(std::uint64_t{wanted.zone.in(Direction::original)});
    case Field::ct_reply_zone:
      return value_of(std::uint64_t{wanted.zone.in(Direction::reply)});
    default:
      return value_of(std::uint64_t{0});
  }
}

}  // namespace natstep::model
