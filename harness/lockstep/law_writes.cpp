// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/law_writes.h"

#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <array>
#include <variant>

namespace natstep::harness {
namespace {

using model::Field;
namespace protocol = wire::ip_protocol;

/// Adds what a statement writes.
struct NoteWrites {
  RuleWrites& writes;

  void operator()(const model::MaxSegStatement&) const { writes.tcp_options = true; }
  void operator()(const model::TtlStatement&) const {
    note(Field::ip_ttl), note(Field::ip6_hoplimit);
  }
  void operator()(const model::TosStatement&) const { note(Field::ip_dscp), note(Field::ip6_dscp); }
  void operator()(const model::WriteFieldStatement& write) const { note(write.field); }
  template <typename Other>
  void operator()(const Other&) const {}

  void note(Field field) const { writes.fields.push_back(field); }
};

/// Where a field stands: in the header of IPv4 or of IPv6, or in the transport header of one
/// protocol.
struct Place {
  Field field{};
  wire::AddressFamily family{};  // none: either
  std::uint8_t protocol = 0;     // 0: the IP header
  std::size_t from = 0;
  std::size_t size = 0;

  [[nodiscard]] bool is_in(const LawPacket& packet) const {
    return protocol == 0 ? family == packet.family() : protocol == packet.protocol();
  }
};
constexpr auto none = wire::AddressFamily::none;
constexpr auto ipv4 = wire::AddressFamily::ipv4;
constexpr auto ipv6 = wire::AddressFamily::ipv6;
constexpr std::array places{
    Place{Field::ip_ttl, ipv4, 0, wire::ipv4::ttl, 1},
    Place{Field::ip_dscp, ipv4, 0, wire::ipv4::tos, 1},
    Place{Field::ip_id, ipv4, 0, wire::ipv4::id, 2},
    Place{Field::ip_saddr, ipv4, 0, wire::ipv4::src, 4},
    Place{Field::ip_daddr, ipv4, 0, wire::ipv4::dst, 4},
    Place{Field::ip6_hoplimit, ipv6, 0, wire::ipv6::hop_limit, 1},
    Place{Field::ip6_dscp, ipv6, 0, wire::ipv6::version_class_flow, 2},
    Place{Field::ip6_flowlabel, ipv6, 0, wire::ipv6::version_class_flow + 1, 3},
    Place{Field::ip6_saddr, ipv6, 0, wire::ipv6::src, 16},
    Place{Field::ip6_daddr, ipv6, 0, wire::ipv6::dst, 16},
    Place{Field::udp_sport, none, protocol::udp, wire::udp::src_port, 2},
    Place{Field::udp_dport, none, protocol::udp, wire::udp::dst_port, 2},
    Place{Field::udp_checksum, none, protocol::udp, wire::udp::checksum, 2},
    Place{Field::tcp_sport, none, protocol::tcp, wire::tcp::src_port, 2},
    Place{Field::tcp_dport, none, protocol::tcp, wire::tcp::dst_port, 2},
    Place{Field::tcp_window, none, protocol::tcp, wire::tcp::window, 2},
    Place{Field::tcp_sequence, none, protocol::tcp, wire::tcp::seq, 4},
};

/// Where transport headers have the checksum that covers the addresses.
struct Checksum {
  std::uint8_t protocol = 0;
  std::size_t at = 0;
};
constexpr std::array checksums{
    Checksum{protocol::udp, wire::udp::checksum},
    Checksum{protocol::udplite, wire::udp::checksum},
    Checksum{protocol::tcp, wire::tcp::checksum},
    Checksum{protocol::icmpv6, wire::icmpv6::checksum},
};

void mark(std::vector<bool>& written, std::size_t from, std::size_t size) {
  for (std::size_t at = from; at < std::min(from + size, written.size()); ++at)
    written[at] = true;
}

void mark_checksums(std::vector<bool>& written, const LawPacket& packet) {
  if (packet.family() == ipv4) mark(written, wire::ipv4::checksum, 2);
  for (const auto& [number, at] : checksums)
    if (number == packet.protocol()) mark(written, packet.l4_offset() + at, 2);
}

}  // namespace

bool RuleWrites::has(Field field) const {
  return std::ranges::find(fields, field) != fields.end();
}

RuleWrites writes_of(const model::Ruleset& rules) {
  RuleWrites writes;
  for (const auto& table : rules.tables) {
    for (const auto& chain : table.chains) {
      for (const auto& rule : chain.rules) {
        for (const auto& statement : rule.statements)
          std::visit(NoteWrites{writes}, statement);
      }
    }
  }
  return writes;
}

std::vector<bool> written_bytes(const LawPacket& packet, const RuleWrites& writes) {
  std::vector<bool> written(packet.bytes().size(), false);
  if (writes.none()) return written;
  mark_checksums(written, packet);
  for (const Place& place : places) {
    if (!writes.has(place.field) || !place.is_in(packet)) continue;
    mark(written, place.from + (place.protocol == 0 ? 0 : packet.l4_offset()), place.size);
  }
  const auto segment = wire::TcpView::parse(packet.payload());
  const bool has_options = segment && segment->header_length() > wire::tcp::min_size;
  if (writes.tcp_options && packet.protocol() == protocol::tcp && has_options) {
    mark(written, packet.l4_offset() + wire::tcp::min_size,
         segment->header_length() - wire::tcp::min_size);
  }
  return written;
}

model::Tuple with_written(model::Tuple wanted, const model::Tuple& left, const RuleWrites& writes) {
  const auto port = [&](Field of_tcp, Field of_udp) {
    return (left.protocol == protocol::tcp && writes.has(of_tcp)) ||
           (left.protocol == protocol::udp && writes.has(of_udp));
  };
  if (writes.has(Field::ip_saddr, Field::ip6_saddr)) wanted.src = left.src;
  if (writes.has(Field::ip_daddr, Field::ip6_daddr)) wanted.dst = left.dst;
  if (port(Field::tcp_sport, Field::udp_sport)) wanted.src_id = left.src_id;
  if (port(Field::tcp_dport, Field::udp_dport)) wanted.dst_id = left.dst_id;
  return wanted;
}

}  // namespace natstep::harness
