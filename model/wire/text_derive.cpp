// SPDX-License-Identifier: GPL-2.0-or-later
// From bytes to the shortest packet text that stands for them: the structure is read off the
// packet, the text is built, and only fields that come out differently are mentioned. What does not
// come out at all is hex.
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
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

/// Version 4, or a header that is right in everything else.
bool plausible(ByteView packet) {
  const Ipv4View ip(packet);
  return ip.fits() && (ip.version() == 4 || ip.checksum_valid());
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

Kind natural_kind(const Ipv4View& ip, ByteView l4) {
  if (ip.fragment_offset() != 0) return Kind::ip;
  const std::size_t l4_size = l4.size();
  if (ip.protocol() == ip_protocol::udplite && l4_size >= udplite::size) return Kind::udplite;
  if (ip.protocol() == ip_protocol::sctp && l4_size >= sctp::size) return Kind::sctp;
  if (ip.protocol() == ip_protocol::gre && has_gre_header(l4)) return Kind::gre;
  if (ip.protocol() == ip_protocol::udp && l4_size >= udp::size) return Kind::udp;
  if (ip.protocol() == ip_protocol::tcp && l4_size >= tcp::min_size) return Kind::tcp;
  if (ip.protocol() == ip_protocol::icmp && l4_size >= icmpv4::size) return Kind::icmp;
  return Kind::ip;
}

/// Whether the packet is TCP of which only the eight bytes that RFC 792 promises, or a few more,
/// were quoted.
bool is_short_tcp(ByteView packet) {
  const Ipv4View ip(packet);
  const std::size_t size = packet.size() - layout_of(packet).l4;
  return ip.protocol() == ip_protocol::tcp && ip.fragment_offset() == 0 &&
         size >= tcp::quoted_size && size < tcp::min_size && layout_of(packet).end == packet.size();
}

void add_endpoints(Node& node, ByteView packet) {
  for (const Field field : {Field::src, Field::dst, Field::udp_src_port, Field::udp_dst_port,
                            Field::tcp_src_port, Field::tcp_dst_port}) {
    if (!info(field).belongs_to(node.kind)) continue;
    if (const auto value = read_field(info(field), layer_of(info(field), packet))) {
      node.set(field, *value);
    }
  }
}

/// What follows the header of an ICMP error: the quoted packet, zeros that fill it up, and the rest
/// (RFC 4884 extensions).
void add_quoted(Node& node, ByteView content, int depth) {
  auto whole = content;
  const Ipv4View ip(content);
  if (ip.fits() && ip.total_length() >= ip.header_length() && ip.total_length() >= ipv4::min_size) {
    whole = content.first(std::min<std::size_t>(ip.total_length(), content.size()));
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

/// Payload, options and quoted packet: everything that is not a number.
void add_structure(Node& node, ByteView packet, int depth) {
  const Layout layout = layout_of(packet);
  const ByteView l4 = packet.subspan(layout.l4, layout.end - layout.l4);
  const std::size_t header = l4_header_size(node.kind, l4);
  const ByteView payload = l4.subspan(header);
  if (layout.l4 > ipv4::options) {
    node.ip_options = copy(packet.subspan(ipv4::options, layout.l4 - ipv4::options));
  }
  if (node.kind == Kind::tcp && header > tcp::options) {
    node.tcp_options = copy(l4.subspan(tcp::options, header - tcp::options));
  }
  const bool quotes = node.kind == Kind::icmp && icmpv4::is_error(l4[icmpv4::type]);
  if (node.kind == Kind::sctp && !payload.empty()) {
    node.chunks = copy(payload);
  } else if (quotes && plausible(payload)) {
    add_quoted(node, payload, depth);
  } else if (!payload.empty()) {
    node.payload = copy(payload);
  }
  if (layout.end < packet.size()) node.trailer = copy(packet.subspan(layout.end));
}

/// Type, code and the words for the rest. A query's id and sequence number are always worth saying,
/// others when not zero.
void add_icmp(Node& node, ByteView packet) {
  const Icmpv4View icmp(layer_of(info(Field::icmp_type), packet));
  node.set(Field::icmp_type, icmp.type());
  node.set(Field::icmp_code, icmp.code());
  for (const Field field : icmp_rest_fields(icmp.bytes())) {
    const std::uint32_t value = read_field(info(field), icmp.bytes()).value_or(0);
    if (value != 0 || icmp.is_query()) node.set(field, value);
  }
}

/// The call id makes it version 1 and is worth saying in any case.
void add_call_id(Node& node, ByteView packet) {
  const ByteView l4 = layer_of(info(Field::gre_call_id), packet);
  if (gre::version(l4) == 1) node.set(Field::gre_call_id, load_be16(&l4[gre::call_id]));
}

/// Checksums come last: what is computed for them depends on all other fields.
enum class Pass : std::uint8_t { plain_fields, checksums };

/// Mentions every field that `packet` has but `candidate`, what the node stands for so far, has
/// not.
void add_differences(Node& node, ByteView packet, ByteView candidate, Pass pass) {
  for (const FieldInfo& field : fields()) {
    if (!field.belongs_to(node.kind) || field.layer == Layer::frame) continue;
    if (field.field >= Field::icmp_type && field.field <= Field::icmp_rest) continue;
    if ((field.style == Style::checksum) != (pass == Pass::checksums)) continue;
    const auto wanted = read_field(field, layer_of(field, packet));
    const auto have = field.layer == Layer::ip
                          ? read_field(field, candidate)
                          : read_field(field, candidate.subspan(layout_of(packet).l4));
    if (!wanted || wanted == have) continue;
    const bool bad = pass == Pass::checksums && have && *wanted == bad_checksum(*have);
    node.set(field.field, bad ? Value{.kind = Value::Kind::bad} : Value{.number = *wanted});
  }
}

/// The node of `kind` for the packet, or nothing when the notation cannot say it that way.
std::optional<Node> derive_as(Kind kind, ByteView packet, int depth) {
  Node node;
  node.kind = kind;
  add_endpoints(node, packet);
  add_structure(node, packet, depth);
  if (kind == Kind::icmp) add_icmp(node, packet);
  if (kind == Kind::gre) add_call_id(node, packet);
  for (const Pass pass : {Pass::plain_fields, Pass::checksums}) {
    const Bytes candidate = built(node);
    if (candidate.size() != packet.size()) return std::nullopt;
    add_differences(node, packet, candidate, pass);
  }
  return std::ranges::equal(built(node), packet) ? std::optional(std::move(node)) : std::nullopt;
}

/// TCP whose header was cut off: the missing bytes are taken to be zeros, and `cut` removes them
/// again.
std::optional<Node> derive_short_tcp(ByteView packet, int depth) {
  Bytes filled = copy(packet);
  filled.resize(layout_of(packet).l4 + tcp::min_size);
  const std::size_t data_offset = layout_of(packet).l4 + tcp::offset_reserved;
  if (data_offset >= packet.size()) filled[data_offset] = tcp::min_size / 4 << 4;
  auto node = derive_as(Kind::tcp, filled, depth);
  if (!node) return std::nullopt;
  node->set(Field::cut, static_cast<std::uint32_t>(packet.size()));
  std::erase_if(node->settings, [&](const Setting& setting) {
    const FieldInfo& field = info(setting.field);
    return field.layer == Layer::l4 && field.bit / 8 + layout_of(packet).l4 >= packet.size();
  });
  return std::ranges::equal(built(*node), packet) ? node : std::nullopt;
}

std::optional<Node> derive(ByteView packet, Place place, int depth) {
  if (!plausible(packet)) return std::nullopt;
  if (place == Place::quoted && is_short_tcp(packet)) {
    if (auto node = derive_short_tcp(packet, depth)) return node;
  }
  const Layout layout = layout_of(packet);
  const Kind kind =
      natural_kind(Ipv4View(packet), packet.subspan(layout.l4, layout.end - layout.l4));
  if (auto node = derive_as(kind, packet, depth)) return node;
  return kind == Kind::ip ? std::nullopt : derive_as(Kind::ip, packet, depth);
}

}  // namespace

Node derive_node(ByteView packet) {
  if (auto node = derive(packet, Place::frame, 0)) return *std::move(node);
  Node node;
  node.payload = copy(packet);
  return node;
}

}  // namespace natstep::wire::text
