// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rules/rule_maxseg.h"

#include "model/clause_names.h"
#include "model/packet.h"
#include "model/router/ipv6_route.h"
#include "model/router/route.h"
#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/tcp.h"

#include <algorithm>
#include <array>
#include <optional>

namespace natstep::model {
namespace {

namespace protocol = wire::ip_protocol;
namespace option = wire::tcp::option;
using By = MaxSegStatement::By;

constexpr std::uint8_t option_size = 4;
constexpr std::size_t largest_header = 60;

/// What a SYN without the option means, RFC 9293 section 3.7.1.
constexpr std::uint16_t default_mss = 536;
constexpr std::uint16_t default_mss_ipv6 = 1220;

std::uint32_t headers_of(const Packet& packet) {
  return wire::tcp::min_size + (packet.is_ipv6() ? wire::ipv6::size : wire::ipv4::min_size);
}

RouteDecision way_back(Step& step, const Packet& packet) {
  if (packet.is_ipv6()) return route_output_ipv6(step, source_of(packet.bytes));
  return route_output(step, wire::Ipv4View(packet.bytes).src_address());
}

/// The smaller of the MTUs of the way out and of the way back to the sender.
std::uint32_t mtu_of_both_ways(Step& step, const Packet& packet) {
  const RouteDecision back = way_back(step, packet);
  const std::uint32_t out = mtu_of(step.topology(), packet.out);
  const bool known = back.kind == RouteKind::forward || back.kind == RouteKind::local;
  return known ? std::min(out, mtu_of(step.topology(), back.out)) : out;
}

/// What the statement asks for, or nothing when the way is too narrow for any segment.
std::optional<std::uint16_t> wanted_mss(Step& step, const Packet& packet,
                                        const MaxSegStatement& statement) {
  if (statement.size) return statement.size;
  const std::uint32_t headers = headers_of(packet);
  const std::uint32_t mtu = mtu_of_both_ways(step, packet);
  if (mtu > headers) {
    const bool both = step.holds(Clause::mss_follows_the_narrower_way);
    const std::uint32_t used = both ? mtu : mtu_of(step.topology(), packet.out);
    return static_cast<std::uint16_t>(used - headers);
  }
  if (statement.by == By::nft) return default_mss;
  return std::nullopt;
}

/// Where the value of the MSS option stands within the TCP header. The scan steps over an END
/// option and over what is malformed; so does it over an MSS option whose length is wrong in
/// iptables, where nft gives up (`broken`).
struct Search {
  std::optional<std::size_t> at;
  bool broken = false;
};

Search find_mss(wire::ByteView tcp, std::size_t header, By by) {
  for (std::size_t at = wire::tcp::options; at + 1 < header;) {
    const std::uint8_t kind = tcp[at];
    const std::uint8_t length = tcp[at + 1];
    const bool single = kind <= option::nop || length == 0;
    if (kind == option::mss) {
      const bool longer = by == By::nft && length > option_size;
      if ((length == option_size || longer) && at + length <= header) return {.at = at + 2};
      if (by == By::nft) return {.at = {}, .broken = true};
    }
    at += single ? 1 : length;
  }
  return {};
}

void lower_mss(Step& step, const Packet& packet, wire::MutableByteView tcp, std::size_t at,
               std::uint16_t size) {
  const std::uint16_t old = wire::load_be16(&tcp[at]);
  if (old <= size && step.holds(Clause::mss_is_never_raised)) return;
  wire::store_be16(&tcp[at], size);
  if (packet.checksum_partial || !step.holds(Clause::mss_checksum_is_updated)) return;
  const std::uint16_t check = wire::load_be16(&tcp[wire::tcp::checksum]);
  wire::store_be16(&tcp[wire::tcp::checksum], wire::inet_proto_csum_replace2(check, old, size));
}

void lengthen(const Packet& packet, wire::MutableByteView bytes) {
  if (packet.is_ipv6()) {
    const wire::Ipv6Edit ip(bytes);
    return ip.set_payload_length(static_cast<std::uint16_t>(ip.payload_length() + option_size));
  }
  const wire::Ipv4Edit ip(bytes);
  const std::uint16_t length = ip.total_length();
  const auto longer = static_cast<std::uint16_t>(length + option_size);
  ip.set_checksum(wire::csum_replace2(ip.checksum(), length, longer));
  ip.set_total_length(longer);
}

/// The TCP checksum with an option put in front of the others: the pseudo-header's length, the
/// option, and the word of the data offset have changed. Of these a partial one has the length.
std::uint16_t longer_checksum(const Packet& packet, wire::ByteView tcp, std::uint16_t old_word) {
  const auto length = static_cast<std::uint16_t>(tcp.size());
  const auto old_length = static_cast<std::uint16_t>(length - option_size);
  std::uint16_t check = wire::load_be16(&tcp[wire::tcp::checksum]);
  if (packet.checksum_partial) return wire::partial_replace4(check, old_length, length);
  check = wire::inet_proto_csum_replace2(check, old_length, length);
  check = wire::csum_replace4(check, 0, wire::load_be32(&tcp[wire::tcp::options]));
  return wire::inet_proto_csum_replace2(check, old_word,
                                        wire::load_be16(&tcp[wire::tcp::offset_reserved]));
}

void insert_mss(Step& step, Packet& packet, std::size_t start, std::uint16_t size) {
  const std::uint16_t value = std::min(size, packet.is_ipv6() ? default_mss_ipv6 : default_mss);
  const std::array<std::uint8_t, option_size> added{option::mss, option_size,
                                                    static_cast<std::uint8_t>(value >> 8),
                                                    static_cast<std::uint8_t>(value)};
  const auto at = packet.bytes.begin() + static_cast<std::ptrdiff_t>(start + wire::tcp::options);
  packet.bytes.insert(at, added.begin(), added.end());
  const wire::MutableByteView tcp = wire::MutableByteView(packet.bytes).subspan(start);
  const std::uint16_t old_word = wire::load_be16(&tcp[wire::tcp::offset_reserved]);
  tcp[wire::tcp::offset_reserved] =
      static_cast<std::uint8_t>(tcp[wire::tcp::offset_reserved] + (option_size / 4 << 4));
  if (step.holds(Clause::mss_checksum_is_updated)) {
    wire::store_be16(&tcp[wire::tcp::checksum], longer_checksum(packet, tcp, old_word));
  }
  lengthen(packet, packet.bytes);
}

Carried unreadable(Step& step, By by) {
  if (by == By::nft) return Carried::breaks_the_rule;
  return step.holds(Clause::tcpmss_drops_what_it_cannot_read) ? Carried::drops : Carried::on;
}

}  // namespace

Carried clamp_maxseg(Step& step, Packet& packet, const MaxSegStatement& statement,
                     LooksBehind looks_behind) {
  const bool iptables = statement.by == By::iptables;
  const auto transport = transport_of(packet, iptables ? LooksBehind{} : looks_behind);
  if (!transport || transport->protocol != protocol::tcp || transport->later_fragment) {
    return iptables ? Carried::on : Carried::breaks_the_rule;
  }
  const std::size_t start = std::min(transport->offset, packet.bytes.size());
  const auto tcp = wire::TcpView::parse(wire::ByteView(packet.bytes).subspan(start));
  if (!tcp || !tcp->header_fits()) return unreadable(step, statement.by);
  const auto size = wanted_mss(step, packet, statement);
  if (!size) return Carried::drops;
  const wire::MutableByteView segment = wire::MutableByteView(packet.bytes).subspan(start);
  const Search search = find_mss(segment, tcp->header_length(), statement.by);
  if (search.broken) return Carried::breaks_the_rule;
  if (search.at) {
    lower_mss(step, packet, segment, *search.at, *size);
    return Carried::on;
  }
  const bool room = tcp->payload().empty() && tcp->header_length() < largest_header;
  if (iptables && room && step.holds(Clause::tcpmss_adds_the_option)) {
    insert_mss(step, packet, start, *size);
  }
  return Carried::on;
}

}  // namespace natstep::model
