// SPDX-License-Identifier: GPL-2.0-or-later
// From a packet text to bytes: what was mentioned is written as it stands, everything else is
// computed.
#include "model/wire/dccp.h"
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/text_extensions.h"
#include "model/wire/text_node.h"
#include "model/wire/udp.h"
#include "model/wire/udplite.h"

#include <algorithm>
#include <array>

namespace natstep::wire::text {
namespace {

constexpr std::uint16_t default_window = 65535;  // room for any payload that follows
constexpr std::uint8_t default_ttl = 64;

/// The values of a node's fields, variables replaced.
class Values {
 public:
  /// The first variable that has no fitting value, or nothing.
  std::optional<TextError> resolve(const Node& node, const Variables& variables) {
    for (const auto& [field, value] : node.settings) {
      if (value.kind == Value::Kind::number) {
        set(field, value.number);
      } else if (value.kind == Value::Kind::variable) {
        const auto found = variables.find(value.variable);
        if (found == variables.end()) return unbound(value);
        if (found->second > info(field).max()) return too_large(field, value, found->second);
        set(field, found->second);
      }
    }
    return std::nullopt;
  }

  template <typename T>
  [[nodiscard]] T get(Field field, T otherwise) const {
    return static_cast<T>(at(field).value_or(otherwise));
  }
  template <typename T>
  [[nodiscard]] std::optional<T> find(Field field) const {
    return at(field) ? std::optional(static_cast<T>(*at(field))) : std::nullopt;
  }

 private:
  static TextError unbound(const Value& value) {
    return {.offset = value.offset,
            .message = "$" + value.variable + " has no value yet",
            .hint = "a variable gets its value from an earlier `out` line"};
  }
  static TextError too_large(Field field, const Value& value, std::uint32_t number) {
    return {.offset = value.offset,
            .message = "$" + value.variable + " is " + std::to_string(number) +
                       ", which does not fit here",
            .hint = "0 to " + std::to_string(info(field).max())};
  }
  void set(Field field, std::uint32_t number) { values_[static_cast<std::size_t>(field)] = number; }
  [[nodiscard]] const std::optional<std::uint32_t>& at(Field field) const {
    return values_[static_cast<std::size_t>(field)];
  }

  std::array<std::optional<std::uint32_t>, static_cast<std::size_t>(Field::cut) + 1> values_{};
};

ByteView view_of(const std::optional<Bytes>& bytes) {
  return bytes ? ByteView(*bytes) : ByteView{};
}

/// Writes a wrong checksum at `at` where the text asks for one.
void spoil(const Node& node, Field field, Bytes& bytes, std::size_t at) {
  const Value* value = node.find(field);
  if (value == nullptr || value->kind != Value::Kind::bad) return;
  if (info(field).width == 32) {
    store_be32(&bytes[at], bad_checksum(load_be32(&bytes[at])));
  } else {
    store_be16(&bytes[at], static_cast<std::uint16_t>(bad_checksum(load_be16(&bytes[at]))));
  }
}

Bytes build_udp(const Node& node, const Values& values, ByteView payload) {
  const UdpHeader header{
      .src_port = values.get<std::uint16_t>(Field::udp_src_port, 0),
      .dst_port = values.get<std::uint16_t>(Field::udp_dst_port, 0),
      .length = values.find<std::uint16_t>(Field::udp_length),
      .checksum = values.find<std::uint16_t>(Field::udp_checksum),
  };
  Bytes bytes = build(header, node.src, node.dst, payload);
  spoil(node, Field::udp_checksum, bytes, udp::checksum);
  return bytes;
}

Bytes build_tcp(const Node& node, const Values& values, ByteView payload) {
  const TcpHeader header{
      .src_port = values.get<std::uint16_t>(Field::tcp_src_port, 0),
      .dst_port = values.get<std::uint16_t>(Field::tcp_dst_port, 0),
      .seq = values.get(Field::tcp_seq, 0u),
      .ack = values.get(Field::tcp_ack, 0u),
      .flags = values.get<std::uint8_t>(Field::tcp_flags, 0),
      .reserved = values.get<std::uint8_t>(Field::tcp_reserved, 0),
      .window = values.get(Field::tcp_window, default_window),
      .urgent = values.get<std::uint16_t>(Field::tcp_urgent, 0),
      .data_offset = values.find<std::uint8_t>(Field::tcp_data_offset),
      .checksum = values.find<std::uint16_t>(Field::tcp_checksum),
      .options = node.tcp_options.value_or(Bytes{}),
  };
  Bytes bytes = build(header, node.src, node.dst, payload);
  spoil(node, Field::tcp_checksum, bytes, tcp::checksum);
  return bytes;
}

/// The four bytes whose meaning depends on the type: every field mentioned is laid over `rest`.
std::uint32_t icmp_rest(const Values& values) {
  std::uint32_t rest = values.get(Field::icmp_rest, 0u);
  for (const Field field : {Field::icmp_gateway, Field::icmp_id, Field::icmp_pointer,
                            Field::icmp_length, Field::icmp_seq, Field::icmp_mtu, Field::icmp6_mtu,
                            Field::icmp6_pointer, Field::icmp6_length}) {
    const auto value = values.find<std::uint32_t>(field);
    if (!value) continue;
    const std::size_t shift = icmp_rest_shift(info(field));
    rest = (rest & ~(info(field).max() << shift)) | (*value << shift);
  }
  return rest;
}

Bytes build_icmp(const Node& node, const Values& values, ByteView payload) {
  const Icmpv4Header header{
      .type = values.get<std::uint8_t>(Field::icmp_type, icmpv4::echo_request),
      .code = values.get<std::uint8_t>(Field::icmp_code, 0),
      .rest = icmp_rest(values),
      .checksum = values.find<std::uint16_t>(Field::icmp_checksum),
  };
  Bytes bytes = build(header, payload);
  spoil(node, Field::icmp_checksum, bytes, icmpv4::checksum);
  return bytes;
}

Bytes build_udplite(const Node& node, const Values& values, ByteView payload) {
  const UdpliteHeader header{
      .src_port = values.get<std::uint16_t>(Field::udp_src_port, 0),
      .dst_port = values.get<std::uint16_t>(Field::udp_dst_port, 0),
      .coverage = values.get<std::uint16_t>(Field::udplite_coverage, 0),
      .checksum = values.find<std::uint16_t>(Field::udplite_checksum),
  };
  Bytes bytes = build(header, node.src, node.dst, payload);
  spoil(node, Field::udplite_checksum, bytes, udplite::checksum);
  return bytes;
}

Bytes build_sctp(const Node& node, const Values& values, ByteView payload) {
  const SctpHeader header{
      .src_port = values.get<std::uint16_t>(Field::udp_src_port, 0),
      .dst_port = values.get<std::uint16_t>(Field::udp_dst_port, 0),
      .vtag = values.get(Field::sctp_vtag, 0u),
      .checksum = values.find<std::uint32_t>(Field::sctp_checksum),
  };
  Bytes chunks = node.chunks.value_or(Bytes{});
  chunks.insert(chunks.end(), payload.begin(), payload.end());
  Bytes bytes = build(header, chunks);
  spoil(node, Field::sctp_checksum, bytes, sctp::checksum);
  return bytes;
}

Bytes build_dccp(const Node& node, const Values& values, ByteView payload) {
  const auto long_number = [&](Field high, Field low) {
    return values.get<std::uint64_t>(high, 0) << 32 | values.get<std::uint64_t>(low, 0);
  };
  const bool extended = values.get(Field::dccp_extended, 1u) != 0;
  const DccpHeader header{
      .src_port = values.get<std::uint16_t>(Field::udp_src_port, 0),
      .dst_port = values.get<std::uint16_t>(Field::udp_dst_port, 0),
      .type = values.get(Field::dccp_type, dccp::request),
      .extended = extended,
      .seq = extended ? long_number(Field::dccp_seq_high, Field::dccp_seq)
                      : values.get(Field::dccp_short_seq, 0u),
      .ack = long_number(Field::dccp_ack_high, Field::dccp_ack),
      .ccval = values.get<std::uint8_t>(Field::dccp_ccval, 0),
      .coverage = values.get<std::uint8_t>(Field::dccp_coverage, 0),
      .reserved = values.get<std::uint8_t>(Field::dccp_reserved, 0),
      .data_offset = values.find<std::uint8_t>(Field::dccp_data_offset),
      .checksum = values.find<std::uint16_t>(Field::dccp_checksum),
  };
  Bytes bytes = build(header, node.src, node.dst, payload);
  spoil(node, Field::dccp_checksum, bytes, dccp::checksum);
  return bytes;
}

/// A call id or a length is version 1's, and makes the header one of PPTP.
Bytes build_gre(const Values& values, ByteView payload) {
  const auto call_id = values.find<std::uint16_t>(Field::gre_call_id);
  const auto length = values.find<std::uint16_t>(Field::gre_payload_length);
  const bool pptp = call_id || length;
  const auto flags = values.get(Field::gre_flags, pptp ? gre::pptp_flags : std::uint16_t{0});
  const bool has_call_id = (flags & gre::version_mask) == 1;
  Bytes bytes(has_call_id ? gre::pptp_size : gre::size);
  store_be16(&bytes[gre::flags], flags);
  store_be16(&bytes[gre::protocol],
             values.get(Field::gre_protocol, has_call_id ? gre::protocol_ppp : gre::protocol_ipv4));
  if (has_call_id) {
    store_be16(&bytes[gre::payload_length],
               length.value_or(static_cast<std::uint16_t>(payload.size())));
    store_be16(&bytes[gre::call_id], call_id.value_or(0));
  }
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

Bytes build_icmp6(const Node& node, const Values& values, ByteView payload) {
  const Icmpv6Header header{
      .type = values.get<std::uint8_t>(Field::icmp_type, icmpv6::echo_request),
      .code = values.get<std::uint8_t>(Field::icmp_code, 0),
      .rest = icmp_rest(values),
      .checksum = values.find<std::uint16_t>(Field::icmp_checksum),
  };
  Bytes bytes = build(header, node.src, node.dst, payload);
  spoil(node, Field::icmp_checksum, bytes, icmpv6::checksum);
  return bytes;
}

Bytes build_l4(const Node& node, const Values& values, ByteView payload) {
  switch (node.kind) {
    case Kind::udp:
      return build_udp(node, values, payload);
    case Kind::tcp:
      return build_tcp(node, values, payload);
    case Kind::icmp:
      return build_icmp(node, values, payload);
    case Kind::udplite:
      return build_udplite(node, values, payload);
    case Kind::sctp:
      return build_sctp(node, values, payload);
    case Kind::dccp:
      return build_dccp(node, values, payload);
    case Kind::gre:
      return build_gre(values, payload);
    case Kind::icmp6:
      return build_icmp6(node, values, payload);
    case Kind::ip:
    case Kind::ip6:
    case Kind::hex:
      break;
  }
  return {payload.begin(), payload.end()};
}

std::uint8_t protocol_of(const Node& node, const Values& values) {
  const auto implied = text::protocol_of(node.kind);
  if (implied) return *implied;
  return values.get(node.kind == Kind::ip6 ? Field::protocol6 : Field::protocol, default_protocol);
}

std::uint16_t fragment_word_of(const Values& values) {
  std::uint32_t word = values.get(Field::fragment, 0u);
  if (values.get(Field::df, 0u) != 0) word |= ipv4::df;
  if (values.get(Field::evil, 0u) != 0) word |= ipv4::evil;
  return static_cast<std::uint16_t>(word);
}

Bytes build_ip(const Node& node, const Values& values, ByteView l4) {
  const Ipv4Header header{
      .src = node.src.ipv4_value(),
      .dst = node.dst.ipv4_value(),
      .protocol = protocol_of(node, values),
      .ttl = values.get(Field::ttl, default_ttl),
      .tos = values.get<std::uint8_t>(Field::tos, 0),
      .id = values.get<std::uint16_t>(Field::ip_id, 0),
      .fragment_word = fragment_word_of(values),
      .version = values.get<std::uint8_t>(Field::version, 4),
      .ihl = values.find<std::uint8_t>(Field::ihl),
      .total_length = values.find<std::uint16_t>(Field::total_length),
      .checksum = values.find<std::uint16_t>(Field::ip_checksum),
      .options = node.ip_options.value_or(Bytes{}),
  };
  Bytes bytes = build(header, l4);
  spoil(node, Field::ip_checksum, bytes, ipv4::checksum);
  return bytes;
}

/// The extension headers with the fields of the fragment header filled in.
std::vector<Ipv6Extension> extensions_of(const Node& node, const Values& values) {
  std::vector<Ipv6Extension> extensions = node.extensions;
  for (Ipv6Extension& extension : extensions) {
    if (!is_in_fields(extension)) continue;
    extension.data = fragment_extension(values.get<std::uint16_t>(Field::fragment6, 0),
                                        values.get(Field::fragment6_id, 0u))
                         .data;
  }
  return extensions;
}

Bytes build_ip6(const Node& node, const Values& values, ByteView l4) {
  return build(
      Ipv6Header{
          .src = node.src,
          .dst = node.dst,
          .protocol = protocol_of(node, values),
          .hop_limit = values.get(Field::hop_limit, default_ttl),
          .traffic_class = values.get<std::uint8_t>(Field::traffic_class, 0),
          .flow_label = values.get(Field::flow_label, 0u),
          .version = values.get<std::uint8_t>(Field::version6, 6),
          .next_header = values.find<std::uint8_t>(Field::next_header),
          .payload_length = values.find<std::uint16_t>(Field::payload_length),
          .extensions = extensions_of(node, values),
      },
      l4);
}

/// What stands behind the L4 header: what is before the quoted packet, that packet, its padding,
/// and the payload.
Parsed<Bytes> build_payload(const Node& node, const Values& values, const Variables& variables) {
  if (!node.embedded && !node.before) return node.payload.value_or(Bytes{});
  auto content = node.embedded ? build_node(*node.embedded, variables) : Parsed<Bytes>(Bytes{});
  if (!content) return content;
  Bytes& bytes = content.value();
  const ByteView before = view_of(node.before);
  bytes.insert(bytes.begin(), before.begin(), before.end());
  bytes.resize(bytes.size() + values.get(Field::pad, 0u));
  const ByteView more = view_of(node.payload);
  bytes.insert(bytes.end(), more.begin(), more.end());
  return content;
}

}  // namespace

Parsed<Bytes> build_node(const Node& node, const Variables& variables) {
  if (node.kind == Kind::hex) return node.payload.value_or(Bytes{});
  Values values;
  if (auto error = values.resolve(node, variables)) return *std::move(error);
  auto payload = build_payload(node, values, variables);
  if (!payload) return payload;

  const Bytes l4 = build_l4(node, values, payload.value());
  const bool ip6 = node.family() == AddressFamily::ipv6;
  Bytes bytes = ip6 ? build_ip6(node, values, l4) : build_ip(node, values, l4);
  const ByteView trailer = view_of(node.trailer);
  bytes.insert(bytes.end(), trailer.begin(), trailer.end());
  bytes.resize(std::min(bytes.size(), values.get(Field::cut, bytes.size())));
  return bytes;
}

}  // namespace natstep::wire::text
