// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/law_writes.h"

#include "model/wire/ipv4.h"
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
  void operator()(const model::TtlStatement&) const { note(Field::ip_ttl); }
  void operator()(const model::TosStatement&) const { note(Field::ip_dscp); }
  void operator()(const model::WriteFieldStatement& write) const { note(write.field); }
  template <typename Other>
  void operator()(const Other&) const {}

  void note(Field field) const { writes.fields.push_back(field); }
};

/// Where a field stands: of the IPv4 header, or of the transport header of one protocol.
struct Place {
  Field field{};
  std::uint8_t protocol = 0;  // 0: IPv4's
  std::size_t from = 0;
  std::size_t size = 0;
};
constexpr std::array places{
    Place{Field::ip_ttl, 0, wire::ipv4::ttl, 1},
    Place{Field::ip_dscp, 0, wire::ipv4::tos, 1},
    Place{Field::ip_id, 0, wire::ipv4::id, 2},
    Place{Field::ip_saddr, 0, wire::ipv4::src, 4},
    Place{Field::ip_daddr, 0, wire::ipv4::dst, 4},
    Place{Field::udp_sport, protocol::udp, wire::udp::src_port, 2},
    Place{Field::udp_dport, protocol::udp, wire::udp::dst_port, 2},
    Place{Field::udp_checksum, protocol::udp, wire::udp::checksum, 2},
    Place{Field::tcp_sport, protocol::tcp, wire::tcp::src_port, 2},
    Place{Field::tcp_dport, protocol::tcp, wire::tcp::dst_port, 2},
    Place{Field::tcp_window, protocol::tcp, wire::tcp::window, 2},
    Place{Field::tcp_sequence, protocol::tcp, wire::tcp::seq, 4},
};

void mark(std::vector<bool>& written, std::size_t from, std::size_t size) {
  for (std::size_t at = from; at < std::min(from + size, written.size()); ++at)
    written[at] = true;
}

void mark_checksums(std::vector<bool>& written, const LawPacket& packet) {
  mark(written, wire::ipv4::checksum, 2);
  if (packet.protocol() == protocol::udp)
    mark(written, packet.l4_offset() + wire::udp::checksum, 2);
  if (packet.protocol() == protocol::tcp)
    mark(written, packet.l4_offset() + wire::tcp::checksum, 2);
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
  if (writes.none() || packet.family() == wire::AddressFamily::ipv6) return written;
  mark_checksums(written, packet);
  for (const auto& [field, of, from, size] : places) {
    if (!writes.has(field) || (of != 0 && of != packet.protocol())) continue;
    mark(written, of == 0 ? from : packet.l4_offset() + from, size);
  }
  const auto segment = wire::TcpView::parse(packet.payload());
  if (writes.tcp_options && packet.protocol() == protocol::tcp && segment &&
      segment->header_fits()) {
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
  if (writes.has(Field::ip_saddr)) wanted.src = left.src;
  if (writes.has(Field::ip_daddr)) wanted.dst = left.dst;
  if (port(Field::tcp_sport, Field::udp_sport)) wanted.src_id = left.src_id;
  if (port(Field::tcp_dport, Field::udp_dport)) wanted.dst_id = left.dst_id;
  return wanted;
}

}  // namespace natstep::harness
