// SPDX-License-Identifier: GPL-2.0-or-later
// Where the parts of a packet begin and end, for both families.
#include "model/wire/dccp.h"
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/text_node.h"
#include "model/wire/udp.h"
#include "model/wire/udplite.h"

#include <algorithm>

namespace natstep::wire::text {
namespace {

std::size_t tcp_header_size(ByteView l4) {
  const TcpView view(l4);
  if (!view.fits()) return l4.size();
  return view.header_fits() ? view.header_length() : tcp::min_size;
}

/// Version 1 has a fixed part of eight bytes; what the flags of version 0 announce counts as
/// payload.
std::size_t gre_header_size(ByteView l4) {
  if (l4.size() < gre::size) return l4.size();
  return gre::version(l4) == 1 ? gre::pptp_size : gre::size;
}

/// With the acknowledgement number where there is one of 48 bits; what the type has behind that
/// counts as payload.
std::size_t dccp_header_size(ByteView l4) {
  const DccpView view(l4);
  if (!view.fits()) return l4.size();
  const bool acknowledges = view.extended() && dccp::has_ack(view.type());
  return view.fixed_size() + (acknowledges ? dccp::ack_size : 0);
}

/// What the four bytes mean for a type of ICMP message: RFC 792, RFC 950, RFC 1191, RFC 4884.
std::vector<Field> usual_icmp_fields(std::uint8_t type, std::uint8_t code) {
  if (icmpv4::is_query(type)) return {Field::icmp_id, Field::icmp_seq};
  switch (type) {
    case icmpv4::unreachable:
      if (code != icmpv4::fragmentation_needed) return {Field::icmp_length};
      return {Field::icmp_length, Field::icmp_mtu};
    case icmpv4::redirect:
      return {Field::icmp_gateway};
    case icmpv4::parameter_problem:
      return {Field::icmp_pointer, Field::icmp_length};
    case icmpv4::time_exceeded:
      return {Field::icmp_length};
    default:
      return {};
  }
}

/// The same for ICMPv6: RFC 4443, RFC 4884.
std::vector<Field> usual_icmp6_fields(std::uint8_t type) {
  if (icmpv6::is_query(type)) return {Field::icmp_id, Field::icmp_seq};
  switch (type) {
    case icmpv6::unreachable:
    case icmpv6::time_exceeded:
      return {Field::icmp6_length};
    case icmpv6::packet_too_big:
      return {Field::icmp6_mtu};
    case icmpv6::parameter_problem:
      return {Field::icmp6_pointer};
    default:
      return {};
  }
}

Layout ipv4_layout(ByteView packet) {
  const Ipv4View ip(packet);
  const std::size_t l4 = ip.header_fits() ? ip.header_length() : ipv4::min_size;
  const bool sane = ip.total_length() >= l4 && ip.total_length() <= packet.size();
  return {.l4 = l4,
          .end = sane ? ip.total_length() : packet.size(),
          .protocol = ip.protocol(),
          .later_fragment = ip.fragment_offset() != 0};
}

/// Goes over the extension headers that are wholly there. What is behind a later fragment's header
/// is data, whatever the header calls it.
template <typename Visit>
Layout walk_ipv6(ByteView packet, Visit visit) {
  const Ipv6View ip(packet);
  Layout layout{.l4 = ipv6::size,
                .end = std::min(ip.total_length(), packet.size()),
                .protocol = ip.next_header()};
  while (!layout.later_fragment) {
    const auto header = extension_at(packet.first(layout.end), layout.protocol, layout.l4);
    if (!header || header->offset + header->size > layout.end) break;
    if (header->protocol == ip_protocol::fragment) {
      if (!layout.fragment) layout.fragment = header;
      const auto word = load_be16(&packet[header->offset + ipv6::fragment::word]);
      layout.later_fragment = (word & ipv6::fragment::offset_mask) != 0;
    }
    visit(*header);
    layout.protocol = header->next;
    layout.l4 += header->size;
  }
  return layout;
}

}  // namespace

Bytes generated_payload(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

Layout layout_of(AddressFamily family, ByteView packet) {
  if (family != AddressFamily::ipv6) return ipv4_layout(packet);
  return walk_ipv6(packet, [](const ExtensionHeader&) {});
}

std::vector<ExtensionHeader> extensions_of(ByteView packet) {
  std::vector<ExtensionHeader> headers;
  walk_ipv6(packet, [&](const ExtensionHeader& header) { headers.push_back(header); });
  return headers;
}

/// By the version; of IPv4, another one in a header that is right in everything else is a whim of
/// who wrote it.
AddressFamily family_of(ByteView packet) {
  const Ipv4View ip(packet);
  if (!ip.fits()) return AddressFamily::none;
  if (ip.version() == 6 && Ipv6View(packet).fits()) return AddressFamily::ipv6;
  return ip.version() == 4 || ip.checksum_valid() ? AddressFamily::ipv4 : AddressFamily::none;
}

std::size_t min_header_size(AddressFamily family) {
  return family == AddressFamily::ipv6 ? ipv6::size : ipv4::min_size;
}

std::string_view to_string(AddressFamily family) {
  return family == AddressFamily::ipv6 ? "ipv6" : "ipv4";
}

Endpoints endpoints_of(AddressFamily family, ByteView packet) {
  if (family == AddressFamily::ipv6) {
    return {.src = Ipv6View(packet).src_address(), .dst = Ipv6View(packet).dst_address()};
  }
  return {.src = Ipv4View(packet).src_address(), .dst = Ipv4View(packet).dst_address()};
}

std::size_t l4_header_size(Kind kind, ByteView l4) {
  switch (kind) {
    case Kind::udp:
      return std::min(udp::size, l4.size());
    case Kind::icmp:
    case Kind::icmp6:
      return std::min(icmpv4::size, l4.size());
    case Kind::tcp:
      return tcp_header_size(l4);
    case Kind::udplite:
      return std::min(udplite::size, l4.size());
    case Kind::sctp:
      return std::min(sctp::size, l4.size());
    case Kind::dccp:
      return std::min(dccp_header_size(l4), l4.size());
    case Kind::gre:
      return std::min(gre_header_size(l4), l4.size());
    case Kind::ip:
    case Kind::ip6:
    case Kind::hex:
      break;
  }
  return 0;
}

std::vector<Field> icmp_rest_fields(Kind kind, ByteView l4) {
  const Icmpv4View icmp(l4);  // type, code and the four bytes stand where they do in ICMPv6
  std::vector<Field> words = kind == Kind::icmp6 ? usual_icmp6_fields(icmp.type())
                                                 : usual_icmp_fields(icmp.type(), icmp.code());
  std::uint32_t said = 0;
  for (const Field word : words)
    said |= info(word).max() << icmp_rest_shift(info(word));
  const bool complete = (icmp.rest() & ~said) == 0;
  return complete && !words.empty() ? words : std::vector{Field::icmp_rest};
}

ByteView layer_of(const FieldInfo& field, AddressFamily family, ByteView packet) {
  if (field.layer == Layer::ip || field.layer == Layer::ip6) return packet;
  const Layout layout = layout_of(family, packet);
  if (field.layer == Layer::fragment6) {
    return layout.fragment ? packet.subspan(layout.fragment->offset, ipv6::fragment::size)
                           : ByteView{};
  }
  return packet.subspan(layout.l4, layout.end - layout.l4);
}

}  // namespace natstep::wire::text
