// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/tuple.h"

#include "model/network_header.h"
#include "model/profile.h"
#include "model/protocol.h"
#include "model/wire/gre.h"

#include <array>
#include <cstring>
#include <span>

namespace natstep::model {
namespace {

bool has_ports(std::uint8_t protocol) {
  return protocol == protocol::tcp || protocol == protocol::udp || protocol == protocol::sctp ||
         protocol == protocol::udplite || protocol == protocol::dccp;
}

/// The ports stand in the first four bytes of the protocols that have them.
bool read_ports(wire::ByteView l4, Tuple& tuple) {
  if (l4.size() < 4) return false;
  tuple.src_id = wire::load_be16(l4.data());
  tuple.dst_id = wire::load_be16(l4.data() + 2);
  return true;
}

/// Type, code and identifier; the identifier is read whether or not the type has one.
bool read_icmp(wire::ByteView l4, Tuple& tuple) {
  if (l4.size() < 8) return false;
  tuple.src_id = wire::load_be16(l4.data() + 4);
  tuple.dst_id = wire::load_be16(l4.data());
  return true;
}

/// gre_pkt_to_tuple: only version 1 has a call id, which names the receiver of the packet. The
/// sender's is in no packet; the PPTP helper would know it, and zero stands for it here.
bool read_gre(wire::ByteView l4, Tuple& tuple) {
  if (l4.size() < wire::gre::pptp_size || wire::gre::version(l4) != 1) return true;
  if (wire::load_be16(&l4[wire::gre::protocol]) != wire::gre::protocol_ppp) return false;
  tuple.dst_id = wire::load_be16(&l4[wire::gre::call_id]);
  return true;
}

bool is_icmp(std::uint8_t protocol) {
  return protocol == protocol::icmp || protocol == protocol::icmpv6;
}

using TypePair = std::array<std::uint8_t, 2>;
constexpr std::array<TypePair, 4> icmp_pairs{{{8, 0}, {13, 14}, {15, 16}, {17, 18}}};
constexpr std::array<TypePair, 2> icmpv6_pairs{{{128, 129}, {139, 140}}};

/// The type that answers `type`; nothing for types that are neither a question nor an answer.
std::optional<std::uint8_t> answering_type(std::span<const TypePair> pairs, std::uint8_t type) {
  for (const auto& [question, answer] : pairs) {
    if (type == question) return answer;
    if (type == answer) return question;
  }
  return std::nullopt;
}

std::uint64_t mix(std::uint64_t value) {
  value *= 0x9e3779b97f4a7c15ULL;
  return value ^ (value >> 32);
}

std::uint64_t word_at(const wire::Address& address, std::size_t offset) {
  std::uint64_t word = 0;
  std::memcpy(&word, address.bytes.data() + offset, sizeof word);
  return word;
}

std::string protocol_name(std::uint8_t number) {
  switch (number) {
    case protocol::icmp:
      return "icmp";
    case protocol::icmpv6:
      return "icmpv6";
    case protocol::tcp:
      return "tcp";
    case protocol::udp:
      return "udp";
    case protocol::sctp:
      return "sctp";
    case protocol::udplite:
      return "udplite";
    case protocol::dccp:
      return "dccp";
    case protocol::gre:
      return "gre";
    default:
      return "proto " + std::to_string(number);
  }
}

/// A tunnel that is no call has no ids.
std::string call_ids(const Tuple& tuple) {
  std::string text;
  if (tuple.dst_id != 0) text += " call-id " + std::to_string(tuple.dst_id);
  if (tuple.src_id != 0) text += " key " + std::to_string(tuple.src_id);
  return text;
}

}  // namespace

std::size_t TupleHash::operator()(const Tuple& tuple) const noexcept {
  const std::uint64_t ids =
      (std::uint64_t{tuple.src_id} << 32) | (std::uint64_t{tuple.dst_id} << 16) | tuple.protocol;
  std::uint64_t hash = mix(word_at(tuple.src, 0) ^ ids);
  hash = mix(hash + word_at(tuple.dst, 0));
  if (tuple.src.family == wire::AddressFamily::ipv6) {
    hash = mix(hash + word_at(tuple.src, 8));
    hash = mix(hash + word_at(tuple.dst, 8));
  }
  return hash;
}

std::optional<L4Location> locate_l4(wire::ByteView packet, wire::AddressFamily family) {
  if (family == wire::AddressFamily::ipv6) {
    const auto ip = wire::Ipv6View::parse(packet);
    if (!ip) return std::nullopt;
    const wire::ExtensionWalk walk = ip->walk();
    if (walk.end != wire::ExtensionWalk::End::upper_layer) return std::nullopt;
    return L4Location{.offset = walk.offset, .protocol = walk.protocol};
  }
  const auto ip = wire::Ipv4View::parse(packet);
  if (!ip || ip->fragment_offset() != 0 || ip->header_length() > packet.size()) return std::nullopt;
  return L4Location{.offset = ip->header_length(), .protocol = ip->protocol()};
}

std::optional<L4Location> locate_l4(wire::ByteView packet) {
  return locate_l4(packet, family_of(packet));
}

std::optional<Tuple> tuple_of(wire::ByteView packet, wire::AddressFamily family, L4Location where) {
  Tuple tuple{.src = source_of(packet, family),
              .dst = destination_of(packet, family),
              .protocol = where.protocol};
  const wire::ByteView l4 = l4_of(packet, where);
  if (has_ports(where.protocol) && !read_ports(l4, tuple)) return std::nullopt;
  if (is_icmp(where.protocol) && !read_icmp(l4, tuple)) return std::nullopt;
  if (where.protocol == protocol::gre && !read_gre(l4, tuple)) return std::nullopt;
  return tuple;
}

std::optional<Tuple> tuple_of(const Profile& profile, wire::ByteView packet,
                              wire::AddressFamily family, L4Location where) {
  const bool unknown = (where.protocol == protocol::udplite && !profile.udplite_conntrack) ||
                       (where.protocol == protocol::dccp && !profile.dccp_conntrack);
  if (!unknown) return tuple_of(packet, family, where);
  return Tuple{.src = source_of(packet, family),
               .dst = destination_of(packet, family),
               .protocol = where.protocol};
}

std::optional<Tuple> tuple_of(wire::ByteView packet, L4Location where) {
  return tuple_of(packet, family_of(packet), where);
}

std::optional<Tuple> tuple_of(wire::ByteView packet) {
  const auto where = locate_l4(packet);
  if (!where) return std::nullopt;
  return tuple_of(packet, *where);
}

std::optional<Tuple> invert(const Tuple& tuple) {
  // Made where the caller gets it: a copy of what was just written in pieces would wait for them.
  std::optional<Tuple> result(std::in_place);
  Tuple& inverse = *result;
  inverse.src = tuple.dst;
  inverse.dst = tuple.src;
  inverse.src_id = tuple.dst_id;
  inverse.dst_id = tuple.src_id;
  inverse.protocol = tuple.protocol;
  if (is_icmp(tuple.protocol)) {
    const bool v6 = tuple.protocol == protocol::icmpv6;
    const auto type = answering_type(v6 ? std::span<const TypePair>(icmpv6_pairs) : icmp_pairs,
                                     static_cast<std::uint8_t>(tuple.dst_id >> 8));
    if (!type) {
      result.reset();
      return result;
    }
    inverse.src_id = tuple.src_id;
    inverse.dst_id = static_cast<std::uint16_t>((*type << 8) | (tuple.dst_id & 0xff));
  }
  return result;
}

std::string to_string(const Tuple& tuple) {
  const bool untracked = tuple.protocol == protocol::dccp && tuple.src_id == 0 && tuple.dst_id == 0;
  if (has_ports(tuple.protocol) && !untracked) {
    return protocol_name(tuple.protocol) + ' ' + to_string(tuple.src, tuple.src_id) + " > " +
           to_string(tuple.dst, tuple.dst_id);
  }
  std::string text =
      untracked ? "proto " + std::to_string(tuple.protocol) : protocol_name(tuple.protocol);
  text += ' ' + to_string(tuple.src) + " > " + to_string(tuple.dst);
  if (tuple.protocol == protocol::gre) return text + call_ids(tuple);
  if (!is_icmp(tuple.protocol)) return text;
  return text + " type " + std::to_string(tuple.dst_id >> 8) + " code " +
         std::to_string(tuple.dst_id & 0xff) + " id " + std::to_string(tuple.src_id);
}

}  // namespace natstep::model
