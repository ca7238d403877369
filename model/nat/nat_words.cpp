// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/nat/nat_words.h"

#include "model/nat/nat.h"
#include "model/packet.h"
#include "model/wire/ipv4.h"

namespace natstep::model {
namespace {

bool has_ports(const Conn& conn) {
  const std::uint8_t protocol = conn.of(Direction::original).protocol;
  return protocol == wire::ip_protocol::tcp || protocol == wire::ip_protocol::udp ||
         protocol == wire::ip_protocol::udplite || protocol == wire::ip_protocol::sctp || conn.dccp;
}

std::string endpoint(const wire::Address& address, std::uint16_t port, bool with_port) {
  return with_port ? to_string(address, port) : to_string(address);
}

/// A mapping that this hook made: newly done, and not just a null binding.
std::string mapping_words(const Conn& conn, ManipType type) {
  const Tuple& reply = conn.of(Direction::reply);
  const bool ports = has_ports(conn);
  const std::string to = type == ManipType::src
                             ? "snat to " + endpoint(reply.dst, reply.dst_id, ports)
                             : "dnat to " + endpoint(reply.src, reply.src_id, ports);
  return to + ", reply tuple " + to_string(reply);
}

std::string rewrite_words(const NatSnapshot& before, const NatSnapshot& after, bool with_ports) {
  std::string words;
  const auto add = [&](std::string_view side, const std::string& from, const std::string& to) {
    if (from == to) return;
    if (!words.empty()) words += ", ";
    words += std::string(side) + ' ' + from + " -> " + to;
  };
  add("source", endpoint(before.src, before.src_port, with_ports),
      endpoint(after.src, after.src_port, with_ports));
  add("destination", endpoint(before.dst, before.dst_port, with_ports),
      endpoint(after.dst, after.dst_port, with_ports));
  return words;
}

}  // namespace

NatSnapshot snapshot(const Packet& packet) {
  NatSnapshot now{.status = packet.tracked() ? packet.conn->status : 0,
                  .src = source_of(packet.bytes),
                  .dst = destination_of(packet.bytes)};
  const auto where = locate_l4(packet.bytes);
  if (const auto l4 = where ? l4_of(packet.bytes, *where) : wire::ByteView{}; l4.size() >= 4) {
    now.src_port = wire::load_be16(&l4[0]);
    now.dst_port = wire::load_be16(&l4[2]);
  }
  return now;
}

std::string nat_words(const NatSnapshot& before, const Packet& packet, Hook hook, Verdict verdict) {
  if (!packet.tracked()) return "not tracked, untouched";
  if (verdict == Verdict::drop) return "dropped";
  const ManipType type = manip_of(hook);
  const std::uint32_t done = type == ManipType::src ? status::src_nat_done : status::dst_nat_done;
  const std::uint32_t mapped = type == ManipType::src ? status::src_nat : status::dst_nat;
  const std::uint32_t fresh = packet.conn->status & ~before.status;
  if ((fresh & done) != 0) {
    return (fresh & mapped) != 0 ? mapping_words(*packet.conn, type) : "null binding";
  }
  const NatSnapshot after = snapshot(packet);
  const std::string words = rewrite_words(before, after, has_ports(*packet.conn));
  return words.empty() ? "nothing to translate" : words;
}

}  // namespace natstep::model
