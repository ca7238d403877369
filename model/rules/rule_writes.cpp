// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rules/rule_writes.h"

#include "model/clause_names.h"
#include "model/packet.h"
#include "model/wire/checksum.h"
#include "model/wire/dccp.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <array>
#include <optional>

namespace natstep::model {
namespace {

namespace protocol = wire::ip_protocol;

enum class Header : std::uint8_t { ipv4, ipv6, transport };

/// Where a field stands in its header, and how.
struct FieldPlace {
  Field field{};
  Header header{};
  std::size_t offset = 0;
  std::size_t size = 0;       // bytes that are written
  unsigned shift = 0;         // bits of them that stand below the field
  std::uint32_t kept = 0;     // bits of them that are not the field's
  std::uint8_t protocol = 0;  // of a transport header
};

constexpr std::array ip_places{
    FieldPlace{Field::ip_ttl, Header::ipv4, wire::ipv4::ttl, 1},
    FieldPlace{Field::ip_dscp, Header::ipv4, wire::ipv4::tos, 1, 2, 0x03},
    FieldPlace{Field::ip_id, Header::ipv4, wire::ipv4::id, 2},
    FieldPlace{Field::ip_saddr, Header::ipv4, wire::ipv4::src, 4},
    FieldPlace{Field::ip_daddr, Header::ipv4, wire::ipv4::dst, 4},
    FieldPlace{Field::ip6_hoplimit, Header::ipv6, wire::ipv6::hop_limit, 1},
    FieldPlace{Field::ip6_dscp, Header::ipv6, wire::ipv6::version_class_flow, 2, 6, 0xf03f},
    FieldPlace{Field::ip6_flowlabel, Header::ipv6, wire::ipv6::version_class_flow + 1, 3, 0,
               0xf00000},
    FieldPlace{Field::ip6_saddr, Header::ipv6, wire::ipv6::src, 16},
    FieldPlace{Field::ip6_daddr, Header::ipv6, wire::ipv6::dst, 16},
};

std::optional<FieldPlace> place_of(Field field) {
  const auto ip = std::ranges::find(ip_places, field, &FieldPlace::field);
  if (ip != ip_places.end()) return *ip;
  const auto place = transport_place(field);
  if (!place) return std::nullopt;
  return FieldPlace{.field = field,
                    .header = Header::transport,
                    .offset = place->offset,
                    .size = place->size,
                    .protocol = place->protocol};
}

bool is_address(Field field) {
  return field == Field::ip_saddr || field == Field::ip_daddr || field == Field::ip6_saddr ||
         field == Field::ip6_daddr;
}

/// One write into one packet.
class Write {
 public:
  Write(Step& step, Packet& packet, const FieldPlace& place, LooksBehind looks_behind)
      : step_(step),
        packet_(packet),
        place_(place),
        transport_(transport_of(packet, looks_behind)) {}

  Carried carry_out(const Value& value) {
    const auto start = start_of_header();
    if (!start || *start + place_.offset + place_.size > packet_.bytes.size()) {
      return Carried::breaks_the_rule;
    }
    const std::size_t at = *start + place_.offset;
    const wire::Bytes written = bytes_to_write(at, value);
    if (!checksums_follow(*start, Change{sum_of(at, bytes_at(at)), sum_of(at, written)})) {
      return Carried::breaks_the_rule;
    }
    std::ranges::copy(written, packet_.bytes.begin() + static_cast<std::ptrdiff_t>(at));
    return Carried::on;
  }

 private:
  /// What the bytes add up to, before and after.
  struct Change {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
  };

  [[nodiscard]] bool in_ip_header() const { return place_.header != Header::transport; }

  [[nodiscard]] std::optional<std::size_t> start_of_header() const {
    if (in_ip_header()) {
      const bool there = packet_.is_ipv6() == (place_.header == Header::ipv6);
      return there ? std::optional<std::size_t>(0) : std::nullopt;
    }
    if (!transport_ || transport_->protocol != place_.protocol || transport_->later_fragment) {
      return std::nullopt;
    }
    return transport_->offset;
  }

  [[nodiscard]] wire::ByteView bytes_at(std::size_t at) const {
    return wire::ByteView(packet_.bytes).subspan(at, place_.size);
  }

  [[nodiscard]] wire::Bytes bytes_to_write(std::size_t at, const Value& value) const {
    const wire::ByteView number = wire::ByteView(value).last(place_.size);
    if (place_.kept == 0) return {number.begin(), number.end()};
    std::uint32_t field = 0;
    std::uint32_t old = 0;
    for (std::size_t i = 0; i < place_.size; ++i) {
      field = field << 8 | number[i];
      old = old << 8 | packet_.bytes[at + i];
    }
    std::uint32_t merged = (old & place_.kept) | (field << place_.shift & ~place_.kept);
    wire::Bytes bytes(place_.size);
    for (std::size_t i = place_.size; i-- > 0; merged >>= 8)
      bytes[i] = static_cast<std::uint8_t>(merged);
    return bytes;
  }

  /// nft widens what it writes until it begins and ends between two words of 16 bits.
  static std::uint32_t sum_of(std::size_t at, wire::ByteView bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      sum += (at + i) % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
    return sum;
  }

  /// nft_csum_replace: a sum of zero becomes all ones, whatever protocol it belongs to.
  void replace(std::size_t at, const Change& change) {
    std::uint8_t* sum = &packet_.bytes[at];
    const std::uint16_t check = wire::csum_replace4(wire::load_be16(sum), change.from, change.to);
    wire::store_be16(sum, check == 0 ? std::uint16_t{0xffff} : check);
  }

  /// False when the checksum is not there.
  bool checksums_follow(std::size_t start, const Change& change) {
    if (!in_ip_header()) return own_checksum_follows(start, change);
    if (place_.header == Header::ipv4 &&
        step_.holds(Clause::written_ip_field_updates_the_checksum)) {
      replace(wire::ipv4::checksum, change);
    }
    if (!is_address(place_.field)) return true;
    const auto at = pseudo_header_is_in();
    if (!at) return true;
    if (*at + 2 > packet_.bytes.size() && step_.holds(Clause::address_waits_for_its_checksum)) {
      return false;
    }
    if (*at + 2 > packet_.bytes.size()) return true;
    if (step_.holds(Clause::written_address_updates_the_l4_checksum)) follow_address(*at, change);
    return true;
  }

  /// The checksum of the header that the field stands in. Nobody asks whether UDP has one at all.
  bool own_checksum_follows(std::size_t start, const Change& change) {
    if (place_.field == Field::udp_checksum || packet_.checksum_partial) return true;
    const bool udp = place_.protocol == protocol::udp;
    const std::size_t at = start + (udp ? wire::udp::checksum : wire::tcp::checksum);
    if (at + 2 > packet_.bytes.size()) return false;
    const bool absent = udp && wire::load_be16(&packet_.bytes[at]) == 0;
    if (step_.holds(absent ? Clause::written_port_makes_up_a_checksum
                           : Clause::written_l4_field_updates_the_checksum)) {
      replace(at, change);
    }
    return true;
  }

  /// nft_payload_l4csum_offset: where the checksum stands that covers the addresses. A UDP checksum
  /// that is absent stays so.
  [[nodiscard]] std::optional<std::size_t> pseudo_header_is_in() const {
    if (!transport_ || transport_->later_fragment) return std::nullopt;
    const std::size_t start = transport_->offset;
    switch (transport_->protocol) {
      case protocol::tcp:
        return start + wire::tcp::checksum;
      case protocol::udp: {
        const bool there = start + wire::udp::size <= packet_.bytes.size() &&
                           wire::load_be16(&packet_.bytes[start + wire::udp::checksum]) != 0;
        return there ? std::optional(start + wire::udp::checksum) : std::nullopt;
      }
      case protocol::udplite:
        return start + wire::udp::checksum;
      case protocol::icmpv6:
        return start + wire::icmpv6::checksum;
      case protocol::dccp:
        if (step_.holds(Clause::written_address_leaves_dccps_checksum)) return std::nullopt;
        return start + wire::dccp::checksum;
      default:
        return std::nullopt;
    }
  }

  void follow_address(std::size_t at, const Change& change) {
    if (!packet_.checksum_partial) return replace(at, change);
    std::uint8_t* sum = &packet_.bytes[at];
    wire::store_be16(sum, wire::partial_replace4(wire::load_be16(sum), change.from, change.to));
  }

  Step& step_;
  Packet& packet_;
  const FieldPlace& place_;
  std::optional<Transport> transport_;
};

int changed(int old, const TtlStatement& statement) {
  switch (statement.how) {
    case TtlStatement::How::increase:
      return std::min(old + statement.value, 255);
    case TtlStatement::How::decrease:
      return std::max(old - statement.value, 0);
    case TtlStatement::How::set:
      break;
  }
  return statement.value;
}

void set_tos(const wire::Ipv4Edit& header, std::uint8_t tos) {
  const wire::MutableByteView bytes = header.bytes();
  const std::uint16_t old = wire::load_be16(bytes.data());
  bytes[wire::ipv4::tos] = tos;
  header.set_checksum(wire::csum_replace2(header.checksum(), old, wire::load_be16(bytes.data())));
}

}  // namespace

Carried write_field(Step& step, Packet& packet, const WriteFieldStatement& statement,
                    LooksBehind looks_behind) {
  const auto place = place_of(statement.field);
  if (!place) return Carried::breaks_the_rule;
  if (statement.field == Field::ip6_flowlabel) {
    const bool writable = step.profile().flow_label_is_written;
    if (!step.holds(Clause::flow_label_is_written) || !writable) return Carried::breaks_the_rule;
  }
  return Write(step, packet, *place, looks_behind).carry_out(statement.value);
}

void change_ttl(Step& step, Packet& packet, const TtlStatement& statement) {
  const int old = packet.is_ipv6() ? wire::Ipv6View(packet.bytes).hop_limit()
                                   : wire::Ipv4View(packet.bytes).ttl();
  const int ttl = changed(old, statement);
  if (ttl == old || !step.holds(Clause::ttl_target_writes_the_ttl)) return;
  if (packet.is_ipv6()) {
    return wire::Ipv6Edit(packet.bytes).set_hop_limit(static_cast<std::uint8_t>(ttl));
  }
  const wire::Ipv4Edit header(packet.bytes);
  header.set_checksum(wire::csum_replace2(header.checksum(), static_cast<std::uint16_t>(old << 8),
                                          static_cast<std::uint16_t>(ttl << 8)));
  header.set_ttl(static_cast<std::uint8_t>(ttl));
}

void change_tos(Step& step, Packet& packet, const TosStatement& statement) {
  const std::uint8_t old = packet.is_ipv6() ? wire::Ipv6View(packet.bytes).traffic_class()
                                            : wire::Ipv4View(packet.bytes).tos();
  const auto tos = static_cast<std::uint8_t>((old & ~statement.cleared) ^ statement.flipped);
  if (tos == old || !step.holds(Clause::tos_is_written_under_its_mask)) return;
  if (packet.is_ipv6()) return wire::Ipv6Edit(packet.bytes).set_traffic_class(tos);
  set_tos(wire::Ipv4Edit(packet.bytes), tos);
}

}  // namespace natstep::model
