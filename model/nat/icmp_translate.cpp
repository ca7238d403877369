// SPDX-License-Identifier: GPL-2.0-or-later
// nf_nat_icmp_reply_translation: an ICMP error is made to look as if the network behind the NAT had
// been there all along. The quoted packet is edited opposite to the outer one, and the ICMP
// checksum is computed afresh. Source: net/netfilter/nf_nat_proto.c.
#include "model/clause_names.h"
#include "model/nat/manip.h"
#include "model/nat/nat.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <optional>

namespace natstep::model {
namespace {

constexpr ManipType operator!(ManipType type) {
  return type == ManipType::src ? ManipType::dst : ManipType::src;
}

/// Redirects are only let through where no address was ever changed: they name hosts and routes of
/// one side.
bool redirect_may_pass(Step& step, const Conn& conn) {
  constexpr std::uint32_t both_done = status::src_nat_done | status::dst_nat_done;
  const bool untouched = conn.has(both_done) && (conn.status & status::nat_mask) == 0;
  return untouched || !step.holds(Clause::icmp_redirect_of_natted_flow_is_dropped);
}

/// An ICMP error of either family, as translation sees it.
struct ErrorMessage {
  wire::MutableByteView bytes;  // from the ICMP header on
  wire::AddressFamily family{};
  std::uint32_t seed = 0;  // the sum of the pseudo-header, which only ICMPv6 has

  [[nodiscard]] bool ipv6() const { return family == wire::AddressFamily::ipv6; }
  [[nodiscard]] bool is_redirect() const {
    return bytes[wire::icmpv4::type] == (ipv6() ? wire::icmpv6::redirect : wire::icmpv4::redirect);
  }
  [[nodiscard]] bool checksum_valid() const { return wire::checksum_valid(bytes, seed); }
  /// Both headers have the same layout as far as it matters here.
  void fill_checksum() const { wire::Icmpv6Edit(bytes).fill_checksum(seed); }
};

std::optional<ErrorMessage> error_message(Packet& packet) {
  const wire::AddressFamily family = packet.family();
  const auto where = locate_l4(packet.bytes);
  if (!where) return std::nullopt;
  const wire::MutableByteView all(packet.bytes);
  const auto bytes = all.subspan(std::min(where->offset, all.size()));
  if (bytes.size() < wire::icmpv4::size + header_size(family)) return std::nullopt;
  const bool ipv6 = family == wire::AddressFamily::ipv6;
  const std::uint32_t seed =
      ipv6 ? pseudo_header_of(packet.bytes, protocol::icmpv6, bytes.size()) : 0;
  return ErrorMessage{.bytes = bytes, .family = family, .seed = seed};
}

bool checksum_acceptable(Step& step, const ErrorMessage& message) {
  return message.checksum_valid() || !step.holds(Clause::icmp_error_checksum_is_verified_by_nat);
}

std::uint32_t status_bit(const Packet& packet, ManipType type) {
  const std::uint32_t bit = type == ManipType::src ? status::src_nat : status::dst_nat;
  return direction_of(packet.ctinfo) == Direction::reply ? bit ^ status::nat_mask : bit;
}

bool translate_quote(Step& step, wire::MutableByteView quote, const Tuple& as, ManipType outer) {
  const Clause clause = outer == ManipType::dst ? Clause::icmp_error_quoted_source_is_restored
                                                : Clause::icmp_error_quoted_destination_is_restored;
  if (!step.holds(clause)) return true;
  return manip_pkt(step, quote, as, !outer, Quoted::yes);
}

bool translate_outer(Step& step, wire::MutableByteView packet, const Tuple& other,
                     ManipType outer) {
  const Clause clause = outer == ManipType::dst ? Clause::icmp_error_is_sent_to_the_real_host
                                                : Clause::icmp_error_reporter_is_hidden;
  if (!step.holds(clause)) return true;
  Tuple target = invert(other).value_or(other);
  target.protocol = is_ipv6(packet) ? protocol::icmpv6 : protocol::icmp;
  return manip_pkt(step, packet, target, outer, Quoted::no);
}

/// skb_ensure_writable: what is looked at and written must lie in the first piece of a datagram
/// that came in pieces.
void gather_to(Step& step, Packet& packet, std::size_t bytes) {
  if (packet.assembled && step.holds(Clause::quoted_header_is_gathered_in_the_first_piece)) {
    packet.assembled.pull_to(bytes);
  }
}

/// As far as the L4 header that the message quotes.
void gather_quote(Step& step, Packet& packet, const ErrorMessage& message) {
  if (!packet.assembled) return;
  const wire::ByteView quote = message.bytes.subspan(wire::icmpv4::size);
  const auto where = locate_l4(quote, message.family);
  if (!where) return;
  std::size_t l4 = wire::udp::size;
  const bool has_tcp_header = quote.size() >= where->offset + wire::tcp::min_size;
  if (where->protocol == wire::ip_protocol::tcp && has_tcp_header) l4 = wire::tcp::min_size;
  gather_to(step, packet, packet.bytes.size() - quote.size() + where->offset + l4);
}

}  // namespace

Verdict icmp_reply_translation(Step& step, Packet& packet, Hook hook) {
  const auto message = error_message(packet);
  if (!message) return Verdict::drop;
  const std::size_t quote_at = packet.bytes.size() - message->bytes.size() + wire::icmpv4::size;
  gather_to(step, packet, quote_at + header_size(message->family));
  if (!checksum_acceptable(step, *message)) return Verdict::drop;
  const Conn& conn = *packet.conn;
  if (message->is_redirect() && !redirect_may_pass(step, conn)) return Verdict::drop;
  const ManipType type = manip_of(hook);
  if (!conn.has(status_bit(packet, type))) return Verdict::accept;

  const Tuple& other = conn.of(!direction_of(packet.ctinfo));
  gather_quote(step, packet, *message);
  if (!translate_quote(step, message->bytes.subspan(wire::icmpv4::size), other, type))
    return Verdict::drop;
  if (step.holds(Clause::icmp_error_checksum_is_recomputed)) message->fill_checksum();
  return translate_outer(step, packet.bytes, other, type) ? Verdict::accept : Verdict::drop;
}

}  // namespace natstep::model
