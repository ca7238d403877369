// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rules/rule_writes.h"

#include "model/clause_names.h"
#include "model/packet.h"
#include "model/router/route.h"
#include "model/rules/rule_fields.h"
#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <optional>

namespace natstep::model {
namespace {

namespace protocol = wire::ip_protocol;

// --- the MSS option

constexpr std::uint32_t headers = wire::ipv4::min_size + wire::tcp::min_size;
constexpr std::size_t mss_option_size = 4;
constexpr std::uint16_t default_mss = 536;  // RFC 9293 section 3.7.1
constexpr std::size_t largest_header = 60;

/// The smaller of the MTUs of the way out and of the way back to the sender.
std::uint32_t mtu_of_both_ways(Step& step, const Packet& packet) {
  const RouteDecision back = route_output(step, wire::Ipv4View(packet.bytes).src_address());
  const std::uint32_t out = mtu_of(step.topology(), packet.out);
  const bool known = back.kind == RouteKind::forward || back.kind == RouteKind::local;
  return known ? std::min(out, mtu_of(step.topology(), back.out)) : out;
}

/// Where the value of the MSS option stands within the TCP header; the scan steps over an END
/// option and over what is malformed.
std::optional<std::size_t> find_mss(wire::ByteView tcp, std::size_t header) {
  for (std::size_t at = wire::tcp::options; at + 1 < header;) {
    const std::uint8_t kind = tcp[at];
    const std::uint8_t length = tcp[at + 1];
    const bool single = kind <= wire::tcp::option::nop || length == 0;
    if (kind == wire::tcp::option::mss && length == mss_option_size && at + length <= header) {
      return at + 2;
    }
    at += single ? 1 : length;
  }
  return std::nullopt;
}

void lower_mss(Step& step, wire::MutableByteView tcp, std::size_t at, std::uint16_t size) {
  const std::uint16_t old = wire::load_be16(&tcp[at]);
  if (old <= size && step.holds(Clause::mss_is_never_raised)) return;
  wire::store_be16(&tcp[at], size);
  if (!step.holds(Clause::mss_checksum_is_updated)) return;
  const std::uint16_t check = wire::load_be16(&tcp[wire::tcp::checksum]);
  wire::store_be16(&tcp[wire::tcp::checksum], wire::inet_proto_csum_replace2(check, old, size));
}

/// The TCP checksum over a header with the option put in front: the pseudo-header's length, the
/// option, and the data offset have changed.
void insert_mss(Step& step, Packet& packet, std::uint16_t size) {
  const std::size_t start = wire::Ipv4View(packet.bytes).header_length();
  const auto old_length = static_cast<std::uint16_t>(packet.bytes.size() - start);
  const std::uint16_t value = std::min(size, default_mss);
  const std::array<std::uint8_t, mss_option_size> option{wire::tcp::option::mss, mss_option_size,
                                                         static_cast<std::uint8_t>(value >> 8),
                                                         static_cast<std::uint8_t>(value)};
  const auto at = packet.bytes.begin() + static_cast<std::ptrdiff_t>(start + wire::tcp::options);
  packet.bytes.insert(at, option.begin(), option.end());
  const wire::MutableByteView tcp = wire::MutableByteView(packet.bytes).subspan(start);
  const std::uint16_t old_word = wire::load_be16(&tcp[wire::tcp::offset_reserved]);
  tcp[wire::tcp::offset_reserved] =
      static_cast<std::uint8_t>(tcp[wire::tcp::offset_reserved] + (mss_option_size / 4 << 4));
  const std::uint16_t new_word = wire::load_be16(&tcp[wire::tcp::offset_reserved]);
  std::uint16_t check = wire::load_be16(&tcp[wire::tcp::checksum]);
  check = wire::inet_proto_csum_replace2(check, old_length,
                                         static_cast<std::uint16_t>(old_length + mss_option_size));
  check = wire::csum_replace4(check, 0, wire::load_be32(option.data()));
  check = wire::inet_proto_csum_replace2(check, old_word, new_word);
  if (step.holds(Clause::mss_checksum_is_updated)) {
    wire::store_be16(&tcp[wire::tcp::checksum], check);
  }
  const wire::Ipv4Edit ip(packet.bytes);
  const std::uint16_t length = ip.total_length();
  const auto longer = static_cast<std::uint16_t>(length + mss_option_size);
  ip.set_checksum(wire::csum_replace2(ip.checksum(), length, longer));
  ip.set_total_length(longer);
}

/// What the statement asks for, or nothing when the way is too narrow for any segment.
std::optional<std::uint16_t> wanted_mss(Step& step, const Packet& packet,
                                        const MaxSegStatement& statement) {
  if (statement.size) return statement.size;
  const std::uint32_t mtu = mtu_of_both_ways(step, packet);
  if (mtu > headers) {
    const bool both = step.holds(Clause::mss_follows_the_narrower_way);
    const std::uint32_t used = both ? mtu : mtu_of(step.topology(), packet.out);
    return static_cast<std::uint16_t>(used - headers);
  }
  if (statement.by == MaxSegStatement::By::nft) return default_mss;
  return std::nullopt;
}

// --- a field

struct FieldPlace {
  std::size_t offset = 0;  // of the packet
  std::size_t size = 0;
  std::uint8_t protocol = 0;  // whose checksum covers it, 0: IPv4's own
  bool pseudo_header = false;
  bool is_checksum = false;
};

std::optional<FieldPlace> ip_place(Field field) {
  switch (field) {
    case Field::ip_ttl:
      return FieldPlace{.offset = wire::ipv4::ttl, .size = 1};
    case Field::ip_dscp:
      return FieldPlace{.offset = wire::ipv4::tos, .size = 1};
    case Field::ip_id:
      return FieldPlace{.offset = wire::ipv4::id, .size = 2};
    case Field::ip_saddr:
      return FieldPlace{.offset = wire::ipv4::src, .size = 4, .pseudo_header = true};
    case Field::ip_daddr:
      return FieldPlace{.offset = wire::ipv4::dst, .size = 4, .pseudo_header = true};
    default:
      return std::nullopt;
  }
}

std::optional<FieldPlace> l4_place(Field field) {
  switch (field) {
    case Field::udp_sport:
      return FieldPlace{wire::udp::src_port, 2, protocol::udp};
    case Field::udp_dport:
      return FieldPlace{wire::udp::dst_port, 2, protocol::udp};
    case Field::udp_checksum:
      return FieldPlace{
          .offset = wire::udp::checksum, .size = 2, .protocol = protocol::udp, .is_checksum = true};
    case Field::tcp_sport:
      return FieldPlace{wire::tcp::src_port, 2, protocol::tcp};
    case Field::tcp_dport:
      return FieldPlace{wire::tcp::dst_port, 2, protocol::tcp};
    case Field::tcp_window:
      return FieldPlace{wire::tcp::window, 2, protocol::tcp};
    case Field::tcp_sequence:
      return FieldPlace{wire::tcp::seq, 4, protocol::tcp};
    default:
      return std::nullopt;
  }
}

/// Where the field stands in this packet; nothing when it has none.
std::optional<FieldPlace> place_in(const wire::Ipv4View& header, Field field) {
  if (const auto ip = ip_place(field)) return ip;
  auto place = l4_place(field);
  if (!place || header.protocol() != place->protocol || header.fragment_offset() != 0) {
    return std::nullopt;
  }
  place->offset += header.header_length();
  return place;
}

std::size_t checksum_offset(std::uint8_t number) {
  return number == protocol::tcp ? wire::tcp::checksum : wire::udp::checksum;
}

/// nft_csum_replace: a sum of zero becomes all ones, whatever protocol it belongs to.
void replace_checksum(wire::MutableByteView at, std::uint32_t from, std::uint32_t to) {
  const std::uint16_t check = wire::csum_replace4(wire::load_be16(at.data()), from, to);
  wire::store_be16(at.data(), check == 0 ? std::uint16_t{0xffff} : check);
}

/// nft_payload_l4csum_update: TCP and UDP sum up the addresses as well. A UDP checksum that is
/// absent stays so.
void follow_pseudo_header(Step& step, wire::MutableByteView packet, std::uint32_t from,
                          std::uint32_t to) {
  const wire::Ipv4View header(packet);
  const std::uint8_t number = header.protocol();
  if (number != protocol::tcp && number != protocol::udp) return;
  const std::size_t at = header.header_length() + checksum_offset(number);
  if (header.fragment_offset() != 0 || at + 2 > packet.size()) return;
  if (number == protocol::udp && wire::load_be16(&packet[at]) == 0) return;
  if (!step.holds(Clause::written_address_updates_the_l4_checksum)) return;
  replace_checksum(packet.subspan(at, 2), from, to);
}

void follow(Step& step, wire::MutableByteView packet, const FieldPlace& place, std::uint32_t from,
            std::uint32_t to) {
  if (place.is_checksum) return;
  if (place.protocol == 0) {
    if (step.holds(Clause::written_ip_field_updates_the_checksum)) {
      replace_checksum(packet.subspan(wire::ipv4::checksum, 2), from, to);
    }
    if (place.pseudo_header) follow_pseudo_header(step, packet, from, to);
    return;
  }
  const std::size_t at = wire::Ipv4View(packet).header_length() + checksum_offset(place.protocol);
  // Here nobody asks whether a UDP checksum is there at all.
  const bool absent = place.protocol == protocol::udp && wire::load_be16(&packet[at]) == 0;
  const Clause clause = absent ? Clause::written_port_makes_up_a_checksum
                               : Clause::written_l4_field_updates_the_checksum;
  if (step.holds(clause)) replace_checksum(packet.subspan(at, 2), from, to);
}

/// The number as it stands in an aligned word of 16 or 32 bits, which is what is summed up.
std::uint32_t word_at(wire::ByteView packet, std::size_t offset, std::size_t size) {
  return size == 4 ? wire::load_be32(&packet[offset]) : wire::load_be16(&packet[offset & ~1u]);
}

std::uint64_t written_value(const wire::Ipv4View& header, const WriteFieldStatement& statement) {
  if (statement.field != Field::ip_dscp) return statement.value;
  return statement.value << 2 | (header.tos() & 0x03u);
}

void store(wire::MutableByteView packet, const FieldPlace& place, std::uint64_t value) {
  for (std::size_t i = place.size; i-- > 0; value >>= 8) {
    packet[place.offset + i] = static_cast<std::uint8_t>(value);
  }
}

void set_tos(const wire::Ipv4Edit& header, std::uint8_t tos) {
  const wire::MutableByteView bytes = header.bytes();
  const std::uint16_t old = wire::load_be16(bytes.data());
  bytes[wire::ipv4::tos] = tos;
  header.set_checksum(wire::csum_replace2(header.checksum(), old, wire::load_be16(bytes.data())));
}

}  // namespace

bool clamp_maxseg(Step& step, Packet& packet, const MaxSegStatement& statement) {
  const wire::Ipv4View header(packet.bytes);
  if (header.protocol() != protocol::tcp || header.fragment_offset() != 0) return true;
  const bool iptables = statement.by == MaxSegStatement::By::iptables;
  const auto tcp = wire::TcpView::parse(header.rest());
  if (!tcp || !tcp->header_fits()) {
    return !iptables || !step.holds(Clause::tcpmss_drops_what_it_cannot_read);
  }
  const auto size = wanted_mss(step, packet, statement);
  if (!size) return false;
  const wire::MutableByteView segment =
      wire::MutableByteView(packet.bytes).subspan(header.header_length());
  if (const auto at = find_mss(segment, tcp->header_length())) {
    lower_mss(step, segment, *at, *size);
    return true;
  }
  const bool room = tcp->payload().empty() && tcp->header_length() < largest_header;
  if (iptables && room && step.holds(Clause::tcpmss_adds_the_option)) {
    insert_mss(step, packet, *size);
  }
  return true;
}

Carried write_field(Step& step, Packet& packet, const WriteFieldStatement& statement) {
  const wire::Ipv4View header(packet.bytes);
  const auto place = place_in(header, statement.field);
  if (!place || place->offset + place->size > packet.bytes.size()) return Carried::breaks_the_rule;
  const std::uint64_t value = written_value(header, statement);
  const wire::MutableByteView bytes(packet.bytes);
  const std::uint32_t from = word_at(bytes, place->offset, place->size);
  wire::Bytes after = packet.bytes;
  store(after, *place, value);
  const std::uint32_t to = word_at(after, place->offset, place->size);
  follow(step, bytes, *place, from, to);
  store(bytes, *place, value);
  return Carried::on;
}

void change_ttl(Step& step, Packet& packet, const TtlStatement& statement) {
  const wire::Ipv4Edit header(packet.bytes);
  const int old = header.ttl();
  int ttl = statement.value;
  if (statement.how == TtlStatement::How::increase) ttl = std::min(old + statement.value, 255);
  if (statement.how == TtlStatement::How::decrease) ttl = std::max(old - statement.value, 0);
  if (ttl == old || !step.holds(Clause::ttl_target_writes_the_ttl)) return;
  header.set_checksum(wire::csum_replace2(header.checksum(), static_cast<std::uint16_t>(old << 8),
                                          static_cast<std::uint16_t>(ttl << 8)));
  header.set_ttl(static_cast<std::uint8_t>(ttl));
}

void change_tos(Step& step, Packet& packet, const TosStatement& statement) {
  const wire::Ipv4Edit header(packet.bytes);
  const auto tos =
      static_cast<std::uint8_t>((header.tos() & ~statement.cleared) ^ statement.flipped);
  if (tos != header.tos() && step.holds(Clause::tos_is_written_under_its_mask)) {
    set_tos(header, tos);
  }
}

}  // namespace natstep::model
