// SPDX-License-Identifier: GPL-2.0-or-later
// What a packet text is made of, and the one table of fields that parser, builder, printer and
// matcher share. Internal to the notation: others use text.h.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/text.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::wire::text {

/// Packets quote packets that quote packets; deeper than this nobody writes, and a printed packet
/// shows bytes.
inline constexpr int max_nesting = 8;

/// "Use for experimentation and testing" (RFC 3692): the protocol of a packet that names none.
inline constexpr std::uint8_t default_protocol = 253;

/// The first word of a packet.
enum class Kind : std::uint8_t { udp, tcp, icmp, icmp6, udplite, sctp, dccp, gre, ip, ip6, hex };
/// All of them, in the order in which messages list them.
inline constexpr std::array all_kinds = {Kind::udp,     Kind::tcp,  Kind::icmp, Kind::icmp6,
                                         Kind::udplite, Kind::sctp, Kind::dccp, Kind::gre,
                                         Kind::ip,      Kind::ip6,  Kind::hex};
std::string_view to_string(Kind kind);
/// The IP protocol that the word implies; nothing for those that leave it open.
std::optional<std::uint8_t> protocol_of(Kind kind);
/// The family that the word implies; none for those that exist in both.
AddressFamily family_of(Kind kind);
/// What a packet is when nothing else fits.
constexpr Kind plain_kind(AddressFamily family) {
  return family == AddressFamily::ipv6 ? Kind::ip6 : Kind::ip;
}
constexpr bool is_icmp(Kind kind) {
  return kind == Kind::icmp || kind == Kind::icmp6;
}
/// Whether the endpoints of such a packet have ports.
bool has_ports(Kind kind);
/// The words behind the endpoints that name a type and code of ICMP or ICMPv6.
std::span<const icmp::Name> icmp_names(Kind kind);

/// The fields that have a number, in the order in which they are printed.
enum class Field : std::uint8_t {
  udp_src_port,  // of UDP-Lite, SCTP and DCCP as well
  udp_dst_port,
  tcp_src_port,
  tcp_dst_port,
  sctp_vtag,
  dccp_type,
  dccp_short_seq,
  dccp_seq_high,
  dccp_seq,
  dccp_ack_high,
  dccp_ack,
  dccp_extended,
  dccp_ccval,
  dccp_coverage,
  dccp_data_offset,
  dccp_reserved,
  udplite_coverage,
  gre_flags,
  gre_protocol,
  gre_payload_length,
  gre_call_id,
  tcp_flags,
  tcp_seq,
  tcp_ack,
  tcp_window,
  tcp_urgent,
  icmp_type,
  icmp_code,
  icmp_id,
  icmp_seq,
  icmp_mtu,
  icmp_pointer,
  icmp_gateway,
  icmp_length,
  icmp6_mtu,
  icmp6_pointer,
  icmp6_length,
  icmp_rest,
  protocol,
  protocol6,
  ttl,
  tos,
  ip_id,
  df,
  evil,
  fragment,
  version,
  ihl,
  total_length,
  ip_checksum,
  hop_limit,
  traffic_class,
  flow_label,
  version6,
  payload_length,
  next_header,
  fragment6,
  fragment6_id,
  udp_length,
  udp_checksum,
  tcp_data_offset,
  tcp_reserved,
  tcp_checksum,
  icmp_checksum,
  udplite_checksum,
  dccp_checksum,
  sctp_checksum,
  pad,
  cut,
};

/// Where a field lives: in the header of either family, in IPv6's first fragment header, in the
/// header behind those, or nowhere (a wish about the packet as a whole).
enum class Layer : std::uint8_t { ip, ip6, fragment6, l4, frame };

/// How a value is written.
enum class Style : std::uint8_t {
  decimal,
  hex,        // 0x10
  address,    // 10.0.1.2
  flag,       // the word alone means 1
  tcp_flags,  // SYN,ACK
  dccp_type,  // REQUEST
  fragment,   // 8+: offset in bytes, and MF
  fragment6,  // the same, as it stands in IPv6's fragment header
  checksum,   // 0x1234, bad, valid, absent
};

struct FieldInfo {
  Field field{};
  std::string_view word;  // in the notation; empty for what stands in the endpoints
  std::string_view name;  // in reports, behind "ipv4.", "ipv6." or "udp."
  Layer layer{};
  unsigned kinds = 0;     // bit set of Kind: the packets that have this field
  std::size_t bit = 0;    // first bit from the start of the layer
  std::size_t width = 0;  // bits
  Style style{};

  /// Whether packets of this kind between addresses of this family have the field.
  [[nodiscard]] bool belongs_to(Kind kind, AddressFamily family) const {
    const bool other_family =
        (layer == Layer::ip && family != AddressFamily::ipv4) ||
        ((layer == Layer::ip6 || layer == Layer::fragment6) && family != AddressFamily::ipv6);
    return !other_family && (kinds >> static_cast<unsigned>(kind) & 1) != 0;
  }
  [[nodiscard]] std::uint32_t max() const {
    return static_cast<std::uint32_t>((std::uint64_t{1} << width) - 1);
  }
};

/// All fields, in the order of the enumeration.
std::span<const FieldInfo> fields();
const FieldInfo& info(Field field);
/// The field that `word` means in a packet of `kind` and `family`, or null.
const FieldInfo* find_field(Kind kind, AddressFamily family, std::string_view word);
/// "ipv4.ttl", "udp.dst_port".
std::string report_name(Kind kind, const FieldInfo& field);

/// What was written behind a field's word.
struct Value {
  enum class Kind : std::uint8_t {
    number,
    variable,
    valid,  // a checksum: the right one
    bad,    // a checksum: a wrong one
  } kind = Kind::number;
  std::uint32_t number = 0;
  std::string variable = {};  // without '$'
  std::size_t offset = 0;     // in the text, for errors found later
};

struct Setting {
  Field field{};
  Value value = {};
};

/// A wrong checksum of 16 or 32 bits that is wrong the same way every time. A UDP checksum must not
/// become zero, which would mean absent.
constexpr std::uint32_t bad_checksum(std::uint32_t right) {
  const std::uint32_t wrong = right ^ 0x5555u;
  return wrong == 0 ? 0xffff : wrong;
}

/// The bytes of `payload N`: 00 01 02 ... ff 00 ...
Bytes generated_payload(std::size_t size);

/// Where the parts of a packet begin and end, given at least a fixed header. Lengths that make no
/// sense are replaced by what there is.
struct Layout {
  std::size_t l4 = 0;           // offset of the first byte behind the IP header and its extensions
  std::size_t end = 0;          // offset of the end of the IP packet
  std::uint8_t protocol = 0;    // of what stands at l4
  bool later_fragment = false;  // what stands at l4 is no header
  std::optional<ExtensionHeader> fragment{};  // IPv6's first fragment header
};
Layout layout_of(AddressFamily family, ByteView packet);
/// The family that the bytes look like; none when they are no packet of either.
AddressFamily family_of(ByteView packet);
std::size_t min_header_size(AddressFamily family);
/// "ipv4", "ipv6".
std::string_view to_string(AddressFamily family);
/// Source and destination, as the fixed header has them.
struct Endpoints {
  Address src, dst;
};
Endpoints endpoints_of(AddressFamily family, ByteView packet);
/// Extension headers between the fixed header and what `layout` says comes behind them.
std::vector<ExtensionHeader> extensions_of(ByteView packet);
/// Size of the L4 header that stands in `l4`, options included: what is in front of the payload.
std::size_t l4_header_size(Kind kind, ByteView l4);

/// The words for the four bytes of the ICMP or ICMPv6 header in `l4` whose meaning depends on the
/// type: `rest` where others would not say all of them.
std::vector<Field> icmp_rest_fields(Kind kind, ByteView l4);
/// How far such a word's value is shifted left within the four bytes.
inline std::size_t icmp_rest_shift(const FieldInfo& field) {
  return 64 - field.bit - field.width;
}

/// The layer of a packet in which `field` lives; empty when it has none such.
ByteView layer_of(const FieldInfo& field, AddressFamily family, ByteView packet);
/// The value of `field` in `layer`; nothing when the layer is too short to have it.
std::optional<std::uint32_t> read_field(const FieldInfo& field, ByteView layer);

/// A value as the notation writes it.
std::string print_value(const FieldInfo& field, std::uint32_t value);
/// A payload as the notation writes it: "text", hex 00ff or payload 100.
std::string print_payload(ByteView payload);
std::string print_hex(ByteView bytes);  // "-" for no bytes

}  // namespace natstep::wire::text

namespace natstep::wire {

struct PacketText::Node {
  text::Kind kind = text::Kind::hex;
  Address src, dst;                     // of one family
  std::vector<text::Setting> settings;  // what was mentioned, in the order of text::Field
  std::optional<Bytes> ip_options;
  std::vector<Ipv6Extension> extensions;  // in wire order; the fragment header without data is the
                                          // one whose fields are among the settings
  std::optional<Bytes> tcp_options;       // encoded
  std::optional<Bytes> chunks;            // of SCTP; encoded and padded
  std::optional<Bytes> before;            // what a redirect has in front of the packet it quotes
  std::optional<Bytes> trailer;
  std::optional<Bytes> payload;  // of hex: the frame
  std::shared_ptr<const Node> embedded;

  [[nodiscard]] AddressFamily family() const { return src.family; }
  [[nodiscard]] const text::Value* find(text::Field field) const;
  /// Adds a field, or replaces it.
  void set(text::Field field, text::Value value);
  void set(text::Field field, std::uint32_t number) { set(field, text::Value{.number = number}); }
};

namespace text {

using Node = PacketText::Node;

/// The bytes that `node` stands for.
Parsed<Bytes> build_node(const Node& node, const Variables& variables);
std::string print_node(const Node& node);
/// The node that builds exactly `packet`.
Node derive_node(ByteView packet);

}  // namespace text
}  // namespace natstep::wire
