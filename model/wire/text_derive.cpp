// SPDX-License-Identifier: GPL-2.0-or-later
// From bytes to the shortest packet text that stands for them: the structure is read off the
// packet, the text is built, and only fields that come out differently are mentioned. What does not
// come out at all is hex.
#include "model/wire/dccp.h"
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/text_extensions.h"
#include "model/wire/text_node.h"
#include "model/wire/udp.h"
#include "model/wire/udplite.h"

#include <algorithm>
#include <utility>

namespace natstep::wire::text {
namespace {

/// Whether the bytes are a packet of their own or stand in an ICMP error.
enum class Place : std::uint8_t { frame, quoted };

std::optional<Node> derive(ByteView packet, Place place, int depth);

Bytes copy(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

Bytes built(const Node& node) {
  auto bytes = build_node(node, {});
  return bytes ? std::move(bytes.value()) : Bytes{};
}

/// Whether the fixed part of a GRE header is there; version 1 has a longer one.
bool has_gre_header(ByteView l4) {
  return l4.size() >= gre::size && l4.size() >= l4_header_size(Kind::gre, l4) &&
         (gre::version(l4) != 1 || l4.size() >= gre::pptp_size);
}

/// Whether the bytes behind the IP header are enough for a kind to be told.
bool has_header(Kind kind, ByteView l4) {
  switch (kind) {
    case Kind::tcp:
      return l4.size() >= tcp::min_size;
    case Kind::sctp:
      return l4.size() >= sctp::size;
    case Kind::dccp:
      return l4.size() >= dccp::size && l4.size() >= DccpView(l4).fixed_size();
    case Kind::gre:
      return has_gre_header(l4);
    default:
      return l4.size() >= udp::size;  // UDP-Lite's, ICMP's and ICMPv6's are as long
  }
}

Kind natural_kind(AddressFamily family, const Layout& layout, ByteView l4) {
  for (const Kind kind : all_kinds) {
    const bool told = protocol_of(kind) == layout.protocol && has_header(kind, l4);
    const bool exists = family_of(kind) == AddressFamily::none || family_of(kind) == family;
    if (told && exists && !layout.later_fragment) return kind;
  }
  return plain_kind(family);
}

/// Whether the packet is TCP of which only the eight bytes that RFC 792 promises, or a few more,
/// were quoted.
bool is_short_tcp(const Layout& layout, ByteView packet) {
  const std::size_t size = packet.size() - layout.l4;
  return layout.protocol == ip_protocol::tcp && !layout.later_fragment &&
         size >= tcp::quoted_size && size < tcp::min_size && layout.end == packet.size();
}

void add_ports(Node& node, ByteView packet) {
  for (const Field field :
       {Field::udp_src_port, Field::udp_dst_port, Field::tcp_src_port, Field::tcp_dst_port}) {
    if (!info(field).belongs_to(node.kind, node.family())) continue;
    if (const auto value = read_field(info(field), layer_of(info(field), node.family(), packet))) {
      node.set(field, *value);
    }
  }
}

/// What follows the header of an ICMP error: the quoted packet, zeros that fill it up, and the rest
/// (RFC 4884 extensions).
void add_quoted(Node& node, ByteView content, int depth) {
  auto whole = content;
  if (const auto family = family_of(content); family != AddressFamily::none) {
    whole = content.first(layout_of(family, content).end);
  }
  auto inner = depth < max_nesting ? derive(whole, Place::quoted, depth + 1) : std::nullopt;
  if (!inner) {
    node.payload = copy(content);
    return;
  }
  node.embedded = std::make_shared<const Node>(*std::move(inner));
  const ByteView behind = content.subspan(whole.size());
  const auto fill = static_cast<std::size_t>(
      std::ranges::find_if(behind, [](std::uint8_t b) { return b != 0; }) - behind.begin());
  if (fill != 0) node.set(Field::pad, static_cast<std::uint32_t>(fill));
  if (fill != behind.size()) node.payload = copy(behind.subspan(fill));
}

/// How many bytes a message has between its header and the packet that it quotes; nothing when it
/// quotes none. Of a redirect of ICMPv6: two addresses and the head of its option (RFC 4861 section
/// 4.6.3).
std::optional<std::size_t> before_quoted(Kind kind, std::uint8_t type, ByteView payload) {
  constexpr std::size_t addresses = 32, option_head = 8;
  constexpr std::uint8_t redirected_header = 4;
  if (kind != Kind::icmp6)
    return icmpv4::is_error(type) ? std::optional(std::size_t{0}) : std::nullopt;
  if (icmpv6::is_error(type)) return 0;
  const bool quotes = type == icmpv6::redirect && payload.size() > addresses + option_head &&
                      payload[addresses] == redirected_header;
  return quotes ? std::optional(addresses + option_head) : std::nullopt;
}

/// Extension headers, the fields of the fragment header, and the protocol that no word implies.
void add_extensions(Node& node, ByteView packet, const Layout& layout) {
  node.extensions = derive_extensions(packet);
  const bool in_fields = std::ranges::any_of(node.extensions, is_in_fields);
  if (in_fields) {
    const FieldInfo& field = info(Field::fragment6);
    node.set(Field::fragment6, *read_field(field, layer_of(field, node.family(), packet)));
  }
  if (node.kind == Kind::ip6 && layout.protocol != default_protocol) {
    node.set(Field::protocol6, layout.protocol);
  }
}

/// Payload, options and quoted packet: everything that is not a number.
void add_structure(Node& node, ByteView packet, int depth) {
  const Layout layout = layout_of(node.family(), packet);
  const ByteView l4 = packet.subspan(layout.l4, layout.end - layout.l4);
  const std::size_t header = l4_header_size(node.kind, l4);
  const ByteView payload = l4.subspan(header);
  if (node.family() == AddressFamily::ipv6) {
    add_extensions(node, packet, layout);
  } else if (layout.l4 > ipv4::options) {
    node.ip_options = copy(packet.subspan(ipv4::options, layout.l4 - ipv4::options));
  }
  if (node.kind == Kind::tcp && header > tcp::options) {
    node.tcp_options = copy(l4.subspan(tcp::options, header - tcp::options));
  }
  const auto before =
      is_icmp(node.kind) ? before_quoted(node.kind, l4[icmpv4::type], payload) : std::nullopt;
  if (node.kind == Kind::sctp && !payload.empty()) {
    node.chunks = copy(payload);
  } else if (before && family_of(payload.subspan(*before)) == node.family()) {
    if (*before != 0) node.before = copy(payload.first(*before));
    add_quoted(node, payload.subspan(*before), depth);
  } else if (!payload.empty()) {
    node.payload = copy(payload);
  }
  if (layout.end < packet.size()) node.trailer = copy(packet.subspan(layout.end));
}

/// Type, code and the words for the rest. A query's id and sequence number are always worth saying,
/// others when not zero.
void add_icmp(Node& node, ByteView packet) {
  const Icmpv4View icmp(layer_of(info(Field::icmp_type), node.family(), packet));
  const bool query = node.kind == Kind::icmp6 ? icmpv6::is_query(icmp.type()) : icmp.is_query();
  node.set(Field::icmp_type, icmp.type());
  node.set(Field::icmp_code, icmp.code());
  for (const Field field : icmp_rest_fields(node.kind, icmp.bytes())) {
    const std::uint32_t value = read_field(info(field), icmp.bytes()).value_or(0);
    if (value != 0 || query) node.set(field, value);
  }
}

/// The call id makes it version 1 and is worth saying in any case.
void add_call_id(Node& node, ByteView packet) {
  const ByteView l4 = layer_of(info(Field::gre_call_id), node.family(), packet);
  if (gre::version(l4) == 1) node.set(Field::gre_call_id, load_be16(&l4[gre::call_id]));
}

/// The type, and the numbers that are not zero; short numbers have places of their own.
void add_dccp(Node& node, ByteView packet) {
  const ByteView l4 = layer_of(info(Field::dccp_type), node.family(), packet);
  const DccpView view(l4);
  node.set(Field::dccp_type, view.type());
  if (!view.extended()) node.set(Field::dccp_extended, 0u);
  for (const Field field : {Field::dccp_short_seq, Field::dccp_seq_high, Field::dccp_seq,
                            Field::dccp_ack_high, Field::dccp_ack}) {
    const FieldInfo& about = info(field);
    const bool there = (field != Field::dccp_short_seq) == view.extended() &&
                       about.bit + about.width <= l4_header_size(Kind::dccp, l4) * 8;
    const auto value = there ? read_field(about, l4) : std::nullopt;
    if (value.value_or(0) != 0) node.set(field, *value);
  }
}

/// Checksums come last: what is computed for them depends on all other fields.
enum class Pass : std::uint8_t { plain_fields, checksums };

/// The bytes of `candidate` that stand where `packet` has the layer of `field`. Its own lengths may
/// still say something else.
ByteView same_layer(const FieldInfo& field, AddressFamily family, ByteView packet,
                    ByteView candidate) {
  const ByteView layer = layer_of(field, family, packet);
  return layer.empty() ? layer
                       : candidate.subspan(static_cast<std::size_t>(&layer[0] - &packet[0]));
}

/// Mentions every field that `packet` has but `candidate`, what the node stands for so far, has
/// not.
void add_differences(Node& node, ByteView packet, ByteView candidate, Pass pass) {
  for (const FieldInfo& field : fields()) {
    if (!field.belongs_to(node.kind, node.family()) || field.layer == Layer::frame) continue;
    if (field.field >= Field::icmp_type && field.field <= Field::icmp_rest) continue;
    if (field.field >= Field::dccp_type && field.field <= Field::dccp_extended) continue;
    if ((field.style == Style::checksum) != (pass == Pass::checksums)) continue;
    const bool elsewhere =
        field.layer == Layer::fragment6 && std::ranges::none_of(node.extensions, is_in_fields);
    const auto wanted = read_field(field, layer_of(field, node.family(), packet));
    const auto have = read_field(field, same_layer(field, node.family(), packet, candidate));
    if (!wanted || wanted == have || elsewhere) continue;
    const bool bad = pass == Pass::checksums && have && *wanted == bad_checksum(*have);
    node.set(field.field, bad ? Value{.kind = Value::Kind::bad} : Value{.number = *wanted});
  }
}

/// The node of `kind` for the packet, or nothing when the notation cannot say it that way.
std::optional<Node> derive_as(Kind kind, AddressFamily family, ByteView packet, int depth) {
  Node node;
  node.kind = kind;
  const auto [src, dst] = endpoints_of(family, packet);
  node.src = src;
  node.dst = dst;
  add_ports(node, packet);
  add_structure(node, packet, depth);
  if (is_icmp(kind)) add_icmp(node, packet);
  if (kind == Kind::gre) add_call_id(node, packet);
  if (kind == Kind::dccp) add_dccp(node, packet);
  for (const Pass pass : {Pass::plain_fields, Pass::checksums}) {
    const Bytes candidate = built(node);
    if (candidate.size() != packet.size()) return std::nullopt;
    add_differences(node, packet, candidate, pass);
  }
  return std::ranges::equal(built(node), packet) ? std::optional(std::move(node)) : std::nullopt;
}

/// TCP whose header was cut off: the missing bytes are taken to be zeros, and `cut` removes them
/// again.
std::optional<Node> derive_short_tcp(AddressFamily family, std::size_t l4, ByteView packet,
                                     int depth) {
  Bytes filled = copy(packet);
  filled.resize(l4 + tcp::min_size);
  const std::size_t data_offset = l4 + tcp::offset_reserved;
  if (data_offset >= packet.size()) filled[data_offset] = tcp::min_size / 4 << 4;
  auto node = derive_as(Kind::tcp, family, filled, depth);
  if (!node) return std::nullopt;
  node->set(Field::cut, static_cast<std::uint32_t>(packet.size()));
  std::erase_if(node->settings, [&](const Setting& setting) {
    const FieldInfo& field = info(setting.field);
    return field.layer == Layer::l4 && field.bit / 8 + l4 >= packet.size();
  });
  return std::ranges::equal(built(*node), packet) ? node : std::nullopt;
}

std::optional<Node> derive(ByteView packet, Place place, int depth) {
  const AddressFamily family = family_of(packet);
  if (family == AddressFamily::none) return std::nullopt;
  const Layout layout = layout_of(family, packet);
  if (place == Place::quoted && is_short_tcp(layout, packet)) {
    if (auto node = derive_short_tcp(family, layout.l4, packet, depth)) return node;
  }
  const ByteView l4 = packet.subspan(layout.l4, layout.end - layout.l4);
  const Kind kind = natural_kind(family, layout, l4), plain = plain_kind(family);
  if (auto node = derive_as(kind, family, packet, depth)) return node;
  return kind == plain ? std::nullopt : derive_as(plain, family, packet, depth);
}

}  // namespace

Node derive_node(ByteView packet) {
  if (auto node = derive(packet, Place::frame, 0)) return *std::move(node);
  Node node;
  node.payload = copy(packet);
  return node;
}

}  // namespace natstep::wire::text
