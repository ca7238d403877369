// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_nat_proto.c, nf_nat_ipv4_manip_pkt and the manip_pkt function of each
// protocol.
#include "model/nat/manip.h"

#include "model/clause_names.h"
#include "model/nat/manip_clauses.h"
#include "model/nat/nat.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/checksum.h"
#include "model/wire/dccp.h"
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>

namespace natstep::model {
namespace {

/// One side of an address change, as the L4 checksum must follow it.
struct AddressChange {
  wire::Address from;
  wire::Address to;

  [[nodiscard]] std::uint16_t followed_by(std::uint16_t check) const {
    if (to.family == wire::AddressFamily::ipv6) {
      return wire::csum_replace16(check, from.bytes, to.bytes);
    }
    return wire::csum_replace4(check, from.ipv4_value(), to.ipv4_value());
  }
};

struct Manip {
  Step& step;
  const Tuple& target;
  ManipType type;
  Quoted quoted;

  [[nodiscard]] bool holds(const ManipClause& clause) const {
    return step.holds(quoted == Quoted::yes ? clause.quoted : clause.whole);
  }
  [[nodiscard]] const wire::Address& new_address() const {
    return type == ManipType::src ? target.src : target.dst;
  }
  [[nodiscard]] wire::AddressFamily family() const { return new_address().family; }
  [[nodiscard]] std::uint16_t new_port() const {
    return type == ManipType::src ? target.src_id : target.dst_id;
  }
};

AddressChange address_change(const Manip& manip, wire::ByteView packet) {
  return {.from = manip.type == ManipType::src ? source_of(packet, manip.family())
                                               : destination_of(packet, manip.family()),
          .to = manip.new_address()};
}

/// The checksum of UDP and TCP covers the pseudo-header, so the address counts as well as the port.
std::uint16_t follow(const Manip& manip, std::uint16_t check, const AddressChange& address,
                     std::uint16_t old_port, std::uint16_t new_port) {
  if (manip.holds(manip_clause::checksum_follows_address)) {
    check = address.followed_by(check);
  }
  if (manip.holds(manip_clause::checksum_follows_port)) {
    check = wire::inet_proto_csum_replace2(check, old_port, new_port);
  }
  return check;
}

std::uint16_t udp_checksum(const Manip& manip, std::uint16_t old, const AddressChange& address,
                           std::uint16_t old_port) {
  if (old == 0 && manip.holds(manip_clause::udp_checksum_absent)) return 0;
  const std::uint16_t check = follow(manip, old, address, old_port, manip.new_port());
  if (check == 0 && manip.step.holds(Clause::udp_checksum_zero_becomes_ffff)) return 0xffff;
  return check;
}

bool udp_manip(const Manip& manip, wire::MutableByteView l4, const AddressChange& address) {
  if (l4.size() < wire::udp::size) {
    return !manip.step.holds(Clause::quoted_udp_needs_its_header);
  }
  const std::size_t at = manip.type == ManipType::src ? wire::udp::src_port : wire::udp::dst_port;
  const std::uint16_t old_port = wire::load_be16(&l4[at]);
  const std::uint16_t old_check = wire::load_be16(&l4[wire::udp::checksum]);
  wire::store_be16(&l4[wire::udp::checksum], udp_checksum(manip, old_check, address, old_port));
  if (manip.holds(manip_clause::port_is_written)) wire::store_be16(&l4[at], manip.new_port());
  return true;
}

/// Every UDP-Lite datagram has a checksum, so that even a zero is followed. It always covers the
/// ports.
bool udplite_manip(const Manip& manip, wire::MutableByteView l4, const AddressChange& address) {
  if (l4.size() < wire::udp::size) {
    return !manip.step.holds(Clause::quoted_udp_needs_its_header);
  }
  const std::size_t at = manip.type == ManipType::src ? wire::udp::src_port : wire::udp::dst_port;
  const std::uint16_t old_port = wire::load_be16(&l4[at]);
  std::uint16_t check = wire::load_be16(&l4[wire::udp::checksum]);
  if (check != 0 || manip.step.holds(Clause::udplite_checksum_of_zero_is_followed)) {
    check = follow(manip, check, address, old_port, manip.new_port());
    wire::store_be16(&l4[wire::udp::checksum], check == 0 ? 0xffff : check);
  }
  if (manip.holds(manip_clause::port_is_written)) wire::store_be16(&l4[at], manip.new_port());
  return true;
}

/// The CRC32c is computed over everything that follows, which in an ICMP error is not all that it
/// was computed over before.
bool sctp_manip(const Manip& manip, wire::MutableByteView l4) {
  if (l4.size() < wire::tcp::quoted_size) {
    return !manip.step.holds(Clause::quoted_sctp_needs_eight_bytes);
  }
  const std::size_t at = manip.type == ManipType::src ? wire::sctp::src_port : wire::sctp::dst_port;
  if (manip.holds(manip_clause::port_is_written)) wire::store_be16(&l4[at], manip.new_port());
  if (l4.size() < wire::sctp::size) return true;
  if (manip.holds(manip_clause::sctp_checksum_is_recomputed)) {
    wire::store_be32(&l4[wire::sctp::checksum], wire::sctp_checksum(l4));
  }
  return true;
}

/// Eight bytes are what the tracker guarantees. The checksum is among them, but is only followed
/// where there are twelve.
bool dccp_manip(const Manip& manip, wire::MutableByteView l4, const AddressChange& address) {
  constexpr std::size_t guaranteed = 8;
  if (l4.size() < guaranteed) {
    return !manip.step.holds(Clause::quoted_dccp_needs_eight_bytes);
  }
  const std::size_t at = manip.type == ManipType::src ? wire::dccp::src_port : wire::dccp::dst_port;
  const std::uint16_t old_port = wire::load_be16(&l4[at]);
  if (manip.holds(manip_clause::port_is_written)) wire::store_be16(&l4[at], manip.new_port());
  if (l4.size() < wire::dccp::size &&
      manip.step.holds(Clause::quoted_dccp_of_eight_bytes_keeps_its_checksum)) {
    return true;
  }
  const std::uint16_t check = wire::load_be16(&l4[wire::dccp::checksum]);
  wire::store_be16(&l4[wire::dccp::checksum],
                   follow(manip, check, address, old_port, manip.new_port()));
  return true;
}

/// Only the receiver's call id stands in a packet, so there is nothing to write for a source.
bool gre_manip(const Manip& manip, wire::MutableByteView l4) {
  if (l4.size() < wire::gre::pptp_size) {
    return !manip.step.holds(Clause::gre_needs_eight_bytes_for_nat);
  }
  if (manip.type == ManipType::src || wire::gre::version(l4) == 0) return true;
  if (wire::gre::version(l4) != 1) {
    return !manip.step.holds(Clause::gre_of_unknown_version_is_dropped);
  }
  const bool receivers = manip.step.holds(Clause::gre_call_id_is_written);
  wire::store_be16(&l4[wire::gre::call_id], receivers ? manip.target.dst_id : manip.target.src_id);
  return true;
}

/// Eight bytes are all that an ICMP error promises; the checksum lies beyond them and is left alone
/// when it is not there.
bool tcp_manip(const Manip& manip, wire::MutableByteView l4, const AddressChange& address) {
  if (l4.size() < wire::tcp::quoted_size) {
    return !manip.step.holds(Clause::quoted_tcp_needs_eight_bytes);
  }
  const std::size_t at = manip.type == ManipType::src ? wire::tcp::src_port : wire::tcp::dst_port;
  const std::uint16_t old_port = wire::load_be16(&l4[at]);
  if (manip.holds(manip_clause::port_is_written)) wire::store_be16(&l4[at], manip.new_port());
  if (l4.size() < wire::tcp::min_size) return true;
  std::uint16_t check = wire::load_be16(&l4[wire::tcp::checksum]);
  check = follow(manip, check, address, old_port, manip.new_port());
  if (check == 0 && !manip.step.holds(Clause::tcp_checksum_zero_stays_zero)) check = 0xffff;
  wire::store_be16(&l4[wire::tcp::checksum], check);
  return true;
}

/// The identifier is the only field; there is no pseudo-header, so the address does not count.
bool icmp_manip(const Manip& manip, wire::MutableByteView l4, const AddressChange&) {
  if (l4.size() < wire::icmpv4::size) return false;
  wire::Icmpv4Edit icmp(l4);
  if (!icmp.is_query()) return true;
  const std::uint16_t old_id = icmp.id();
  const std::uint16_t new_id = manip.target.src_id;
  if (manip.holds(manip_clause::icmp_checksum_follows_id)) {
    icmp.set_checksum(wire::inet_proto_csum_replace2(icmp.checksum(), old_id, new_id));
  }
  if (manip.holds(manip_clause::icmp_id_is_written)) icmp.set_id(new_id);
  return true;
}

/// Conntrack takes the first half of a nonce for an identifier, and NAT does not.
bool keeps_its_nonce(const Manip& manip, const wire::Icmpv6Edit& icmp) {
  const bool node_information = icmp.type() == wire::icmpv6::node_information_query ||
                                icmp.type() == wire::icmpv6::node_information_reply;
  return !node_information || manip.step.holds(Clause::node_information_keeps_its_nonce);
}

/// The pseudo-header of ICMPv6 has the addresses.
bool icmpv6_manip(const Manip& manip, wire::MutableByteView l4, const AddressChange& address) {
  if (l4.size() < wire::icmpv6::size) return false;
  const wire::Icmpv6Edit icmp(l4);
  std::uint16_t check = icmp.checksum();
  if (manip.holds(manip_clause::icmpv6_checksum_follows_address)) {
    check = address.followed_by(check);
  }
  if (icmp.is_query() || !keeps_its_nonce(manip, icmp)) {
    const std::uint16_t new_id = manip.target.src_id;
    if (manip.holds(manip_clause::icmp_checksum_follows_id)) {
      check = wire::inet_proto_csum_replace2(check, icmp.id(), new_id);
    }
    if (manip.holds(manip_clause::icmp_id_is_written)) icmp.set_id(new_id);
  }
  icmp.set_checksum(check);
  return true;
}

/// A protocol that has ports and a checksum over the addresses, none of which the kernel knows of.
/// Its checksum stands where UDP's does.
bool unknown_manip(const Manip& manip, wire::MutableByteView l4, const AddressChange& address) {
  const bool kept = manip.step.holds(Clause::unknown_protocol_keeps_its_checksum);
  if (kept || l4.size() < wire::udp::size) return true;
  const std::uint16_t check = wire::load_be16(&l4[wire::udp::checksum]);
  wire::store_be16(&l4[wire::udp::checksum], address.followed_by(check));
  return true;
}

/// l4proto_manip_pkt: a protocol that NAT does not know passes unmodified.
bool l4_manip(const Manip& manip, wire::MutableByteView l4, const AddressChange& address) {
  switch (manip.target.protocol) {
    case wire::ip_protocol::udp:
      return udp_manip(manip, l4, address);
    case wire::ip_protocol::tcp:
      return tcp_manip(manip, l4, address);
    case wire::ip_protocol::icmp:
      return icmp_manip(manip, l4, address);
    case wire::ip_protocol::icmpv6:
      return icmpv6_manip(manip, l4, address);
    case wire::ip_protocol::udplite:
      return manip.step.profile().udplite_conntrack ? udplite_manip(manip, l4, address)
                                                    : unknown_manip(manip, l4, address);
    case protocol::dccp:
      return manip.step.profile().dccp_conntrack ? dccp_manip(manip, l4, address)
                                                 : unknown_manip(manip, l4, address);
    case wire::ip_protocol::sctp:
      return sctp_manip(manip, l4);
    case wire::ip_protocol::gre:
      return gre_manip(manip, l4);
    default:
      return true;
  }
}

void write_ipv4_address(const Manip& manip, const wire::Ipv4Edit& header,
                        const AddressChange& address) {
  if (manip.holds(manip_clause::ip_checksum_follows_address)) {
    header.set_checksum(address.followed_by(header.checksum()));
  }
  if (!manip.holds(manip_clause::address_is_written)) return;
  const std::uint32_t to = address.to.ipv4_value();
  manip.type == ManipType::src ? header.set_src(to) : header.set_dst(to);
}

/// There is no header checksum in IPv6.
void write_address(const Manip& manip, wire::MutableByteView packet, const AddressChange& address) {
  if (manip.family() == wire::AddressFamily::ipv4) {
    return write_ipv4_address(manip, wire::Ipv4Edit(packet), address);
  }
  if (!manip.holds(manip_clause::address_is_written)) return;
  const wire::Ipv6Edit header(packet);
  manip.type == ManipType::src ? header.set_src(address.to) : header.set_dst(address.to);
}

/// Behind the options that the IP header's length counts.
wire::MutableByteView behind_ipv4_header(const Manip& manip, wire::MutableByteView packet) {
  std::size_t header_length = wire::Ipv4View(packet).header_length();
  if (header_length > wire::ipv4::min_size &&
      !manip.step.holds(Clause::l4_header_lies_behind_ip_options)) {
    header_length = wire::ipv4::min_size;
  }
  return packet.subspan(std::min(header_length, packet.size()));
}

/// Behind the extension headers; nothing when they lead nowhere, or to a later fragment.
std::optional<wire::MutableByteView> behind_extensions(const Manip& manip,
                                                       wire::MutableByteView packet) {
  const auto where = locate_l4(packet, wire::AddressFamily::ipv6);
  if (!where) return std::nullopt;
  std::size_t offset = where->offset;
  if (offset > wire::ipv6::size &&
      !manip.step.holds(Clause::l4_header_lies_behind_extension_headers)) {
    offset = wire::ipv6::size;
  }
  return packet.subspan(std::min(offset, packet.size()));
}

/// Where the L4 header is. Without one, only the address is changed.
std::optional<wire::MutableByteView> l4_of(const Manip& manip, wire::MutableByteView packet) {
  if (manip.family() == wire::AddressFamily::ipv6) return behind_extensions(manip, packet);
  return behind_ipv4_header(manip, packet);
}

/// skb_ensure_writable: the L4 header must lie in the first piece of a datagram that came in
/// pieces.
void gather_l4(Packet& packet, std::uint8_t protocol) {
  if (!packet.assembled) return;
  const auto where = locate_l4(packet.bytes);
  if (!where) return;
  const bool sctp = protocol == wire::ip_protocol::sctp;
  const std::size_t size = protocol == wire::ip_protocol::tcp ? wire::tcp::min_size
                           : packet.conn->dccp                ? wire::dccp::size
                           : sctp                             ? wire::sctp::size
                                                              : wire::udp::size;
  packet.assembled.pull_to(where->offset + size);
}

std::uint32_t status_bit(Step& step, const Packet& packet, Hook hook) {
  const std::uint32_t bit = manip_of(hook) == ManipType::src ? status::src_nat : status::dst_nat;
  const bool reply = direction_of(packet.ctinfo) == Direction::reply;
  if (!reply || !step.holds(Clause::reply_is_translated_back)) return bit;
  return bit ^ status::nat_mask;
}

/// An entry that user space wrote with the tuples of a mapping, but without one.
bool is_mapped_by_its_tuples(Step& step, const Conn& conn) {
  if (!conn.written || (conn.status & status::nat_mask) != 0) return false;
  if (conn.of(Direction::reply) == invert(conn.of(Direction::original))) return false;
  return !step.holds(Clause::written_reply_tuple_maps_nothing);
}

/// udp_manip_pkt: a checksum that a rule has taken out stays out, even where it was left to a
/// device.
bool has_a_partial_checksum(Step& step, const Packet& packet) {
  if (!packet.checksum_partial) return false;
  const auto where = locate_l4(packet.bytes);
  if (!where || where->protocol != wire::ip_protocol::udp) return true;
  const auto udp = wire::UdpView::parse(model::l4_of(packet.bytes, *where));
  return !udp || udp->checksum() != 0 || !step.holds(Clause::udp_checksum_absent_stays_absent);
}

}  // namespace

bool manip_pkt(Step& step, wire::MutableByteView packet, const Tuple& target, ManipType type,
               Quoted quoted) {
  const Manip manip{.step = step, .target = target, .type = type, .quoted = quoted};
  if (packet.size() < header_size(manip.family())) return false;
  const AddressChange address = address_change(manip, packet);
  const auto l4 = l4_of(manip, packet);
  if (l4 && !l4_manip(manip, *l4, address)) return false;
  write_address(manip, packet, address);
  return true;
}

Verdict nat_packet(Step& step, Packet& packet, Hook hook) {
  const Conn& conn = *packet.conn;
  if (!conn.has(status_bit(step, packet, hook)) && !is_mapped_by_its_tuples(step, conn))
    return Verdict::accept;
  const Direction direction = direction_of(packet.ctinfo);
  const Tuple target = invert(conn.of(!direction)).value_or(conn.of(direction));
  gather_l4(packet, target.protocol);
  const bool partial = has_a_partial_checksum(step, packet);
  if (!manip_pkt(step, packet.bytes, target, manip_of(hook), Quoted::no)) return Verdict::drop;
  if (partial && step.holds(Clause::partial_checksum_stays_partial)) {
    leave_checksum_to_device(packet);
  }
  return Verdict::accept;
}

}  // namespace natstep::model
