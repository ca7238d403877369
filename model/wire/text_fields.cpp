// SPDX-License-Identifier: GPL-2.0-or-later
// The table of fields: what a word means, where it stands in the packet, and how its value is
// written.
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/text_node.h"
#include "model/wire/udp.h"
#include "model/wire/udplite.h"

#include <algorithm>
#include <array>
#include <utility>

namespace natstep::wire::text {
namespace {

constexpr unsigned bit_of(Kind kind) {
  return 1u << static_cast<unsigned>(kind);
}
constexpr unsigned udp_only = bit_of(Kind::udp);
constexpr unsigned tcp_only = bit_of(Kind::tcp);
constexpr unsigned icmp_only = bit_of(Kind::icmp);
constexpr unsigned udpl_only = bit_of(Kind::udplite);
constexpr unsigned sctp_only = bit_of(Kind::sctp);
constexpr unsigned gre_only = bit_of(Kind::gre);
constexpr unsigned ip_only = bit_of(Kind::ip);
constexpr unsigned ported = udp_only | udpl_only | sctp_only;
constexpr unsigned every = ported | tcp_only | icmp_only | gre_only | ip_only;

// clang-format off
constexpr auto table = std::to_array<FieldInfo>({
    // field                  word           name                layer         kinds      bit  width  style
    {Field::src,             "",            "src",              Layer::ip,    every,      96, 32, Style::address},
    {Field::dst,             "",            "dst",              Layer::ip,    every,     128, 32, Style::address},
    {Field::udp_src_port,    "",            "src_port",         Layer::l4,    ported,      0, 16, Style::decimal},
    {Field::udp_dst_port,    "",            "dst_port",         Layer::l4,    ported,     16, 16, Style::decimal},
    {Field::tcp_src_port,    "",            "src_port",         Layer::l4,    tcp_only,    0, 16, Style::decimal},
    {Field::tcp_dst_port,    "",            "dst_port",         Layer::l4,    tcp_only,   16, 16, Style::decimal},
    {Field::sctp_vtag,       "vtag",        "vtag",             Layer::l4,    sctp_only,  32, 32, Style::hex},
    {Field::udplite_coverage, "coverage",   "coverage",         Layer::l4,    udpl_only,  32, 16, Style::decimal},
    {Field::gre_flags,       "flags",       "flags",            Layer::l4,    gre_only,    0, 16, Style::hex},
    {Field::gre_protocol,    "proto",       "protocol",         Layer::l4,    gre_only,   16, 16, Style::hex},
    {Field::gre_payload_length, "len",      "payload_length",   Layer::l4,    gre_only,   32, 16, Style::decimal},
    {Field::gre_call_id,     "call-id",     "call_id",          Layer::l4,    gre_only,   48, 16, Style::decimal},
    {Field::tcp_flags,       "flags",       "flags",            Layer::l4,    tcp_only,  104,  8, Style::tcp_flags},
    {Field::tcp_seq,         "seq",         "seq",              Layer::l4,    tcp_only,   32, 32, Style::decimal},
    {Field::tcp_ack,         "ack",         "ack",              Layer::l4,    tcp_only,   64, 32, Style::decimal},
    {Field::tcp_window,      "win",         "window",           Layer::l4,    tcp_only,  112, 16, Style::decimal},
    {Field::tcp_urgent,      "urg",         "urgent",           Layer::l4,    tcp_only,  144, 16, Style::decimal},
    {Field::icmp_type,       "type",        "type",             Layer::l4,    icmp_only,   0,  8, Style::decimal},
    {Field::icmp_code,       "code",        "code",             Layer::l4,    icmp_only,   8,  8, Style::decimal},
    {Field::icmp_id,         "id",          "id",               Layer::l4,    icmp_only,  32, 16, Style::decimal},
    {Field::icmp_seq,        "seq",         "seq",              Layer::l4,    icmp_only,  48, 16, Style::decimal},
    {Field::icmp_mtu,        "mtu",         "mtu",              Layer::l4,    icmp_only,  48, 16, Style::decimal},
    {Field::icmp_pointer,    "pointer",     "pointer",          Layer::l4,    icmp_only,  32,  8, Style::decimal},
    {Field::icmp_gateway,    "gateway",     "gateway",          Layer::l4,    icmp_only,  32, 32, Style::address},
    {Field::icmp_length,     "length",      "length",           Layer::l4,    icmp_only,  40,  8, Style::decimal},
    {Field::icmp_rest,       "rest",        "rest",             Layer::l4,    icmp_only,  32, 32, Style::hex},
    {Field::protocol,        "proto",       "protocol",         Layer::ip,    ip_only,    72,  8, Style::decimal},
    {Field::ttl,             "ttl",         "ttl",              Layer::ip,    every,      64,  8, Style::decimal},
    {Field::tos,             "tos",         "tos",              Layer::ip,    every,       8,  8, Style::hex},
    {Field::ip_id,           "ip-id",       "id",               Layer::ip,    every,      32, 16, Style::decimal},
    {Field::df,              "df",          "df",               Layer::ip,    every,      49,  1, Style::flag},
    {Field::evil,            "evil",        "evil",             Layer::ip,    every,      48,  1, Style::flag},
    {Field::fragment,        "frag",        "fragment",         Layer::ip,    every,      50, 14, Style::fragment},
    {Field::version,         "ip-version",  "version",          Layer::ip,    every,       0,  4, Style::decimal},
    {Field::ihl,             "ihl",         "ihl",              Layer::ip,    every,       4,  4, Style::decimal},
    {Field::total_length,    "ip-len",      "total_length",     Layer::ip,    every,      16, 16, Style::decimal},
    {Field::ip_checksum,     "ip-checksum", "checksum",         Layer::ip,    every,      80, 16, Style::checksum},
    {Field::udp_length,      "len",         "length",           Layer::l4,    udp_only,   32, 16, Style::decimal},
    {Field::udp_checksum,    "checksum",    "checksum",         Layer::l4,    udp_only,   48, 16, Style::checksum},
    {Field::tcp_data_offset, "doff",        "data_offset",      Layer::l4,    tcp_only,   96,  4, Style::decimal},
    {Field::tcp_reserved,    "reserved",    "reserved",         Layer::l4,    tcp_only,  100,  4, Style::decimal},
    {Field::tcp_checksum,    "checksum",    "checksum",         Layer::l4,    tcp_only,  128, 16, Style::checksum},
    {Field::icmp_checksum,   "checksum",    "checksum",         Layer::l4,    icmp_only,  16, 16, Style::checksum},
    {Field::udplite_checksum, "checksum",   "checksum",         Layer::l4,    udpl_only,  48, 16, Style::checksum},
    {Field::sctp_checksum,   "checksum",    "checksum",         Layer::l4,    sctp_only,  64, 32, Style::checksum},
    {Field::pad,             "pad",         "pad",              Layer::frame, icmp_only,   0, 16, Style::decimal},
    {Field::cut,             "cut",         "cut",              Layer::frame, every,       0, 16, Style::decimal},
});
// clang-format on

constexpr bool table_follows_the_enumeration() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].field) != i) return false;
  }
  return true;
}
static_assert(table_follows_the_enumeration());

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

/// What the four bytes mean for a type of ICMP message: RFC 792, RFC 950, RFC 1191, RFC 4884.
std::vector<Field> usual_rest_fields(std::uint8_t type, std::uint8_t code) {
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

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::udp:
      return "udp";
    case Kind::tcp:
      return "tcp";
    case Kind::icmp:
      return "icmp";
    case Kind::udplite:
      return "udplite";
    case Kind::sctp:
      return "sctp";
    case Kind::gre:
      return "gre";
    case Kind::ip:
      return "ip";
    case Kind::hex:
      break;
  }
  return "hex";
}

std::optional<std::uint8_t> protocol_of(Kind kind) {
  switch (kind) {
    case Kind::udp:
      return ip_protocol::udp;
    case Kind::tcp:
      return ip_protocol::tcp;
    case Kind::icmp:
      return ip_protocol::icmp;
    case Kind::udplite:
      return ip_protocol::udplite;
    case Kind::sctp:
      return ip_protocol::sctp;
    case Kind::gre:
      return ip_protocol::gre;
    case Kind::ip:
    case Kind::hex:
      break;
  }
  return std::nullopt;
}

std::span<const FieldInfo> fields() {
  return table;
}

const FieldInfo& info(Field field) {
  return table[static_cast<std::size_t>(field)];
}

const FieldInfo* find_field(Kind kind, std::string_view word) {
  const auto found = std::ranges::find_if(table, [&](const FieldInfo& field) {
    return !word.empty() && field.word == word && field.belongs_to(kind);
  });
  return found == table.end() ? nullptr : &*found;
}

std::string report_name(Kind kind, const FieldInfo& field) {
  switch (field.layer) {
    case Layer::ip:
      return "ipv4." + std::string(field.name);
    case Layer::l4:
      return std::string(to_string(kind)) + '.' + std::string(field.name);
    case Layer::frame:
      break;
  }
  return std::string(field.name);
}

Bytes generated_payload(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

Layout layout_of(ByteView packet) {
  const Ipv4View ip(packet);
  const std::size_t l4 = ip.header_fits() ? ip.header_length() : ipv4::min_size;
  const bool sane = ip.total_length() >= l4 && ip.total_length() <= packet.size();
  return {.l4 = l4, .end = sane ? ip.total_length() : packet.size()};
}

std::size_t l4_header_size(Kind kind, ByteView l4) {
  switch (kind) {
    case Kind::udp:
      return std::min(udp::size, l4.size());
    case Kind::icmp:
      return std::min(icmpv4::size, l4.size());
    case Kind::tcp:
      return tcp_header_size(l4);
    case Kind::udplite:
      return std::min(udplite::size, l4.size());
    case Kind::sctp:
      return std::min(sctp::size, l4.size());
    case Kind::gre:
      return std::min(gre_header_size(l4), l4.size());
    case Kind::ip:
    case Kind::hex:
      break;
  }
  return 0;
}

std::vector<Field> icmp_rest_fields(ByteView l4) {
  const Icmpv4View icmp(l4);
  std::vector<Field> words = usual_rest_fields(icmp.type(), icmp.code());
  std::uint32_t said = 0;
  for (const Field word : words)
    said |= info(word).max() << icmp_rest_shift(info(word));
  const bool complete = (icmp.rest() & ~said) == 0;
  return complete && !words.empty() ? words : std::vector{Field::icmp_rest};
}

ByteView layer_of(const FieldInfo& field, ByteView packet) {
  if (field.layer == Layer::ip) return packet;
  const Layout layout = layout_of(packet);
  return packet.subspan(layout.l4, layout.end - layout.l4);
}

std::optional<std::uint32_t> read_field(const FieldInfo& field, ByteView layer) {
  const std::size_t first = field.bit / 8;
  const std::size_t last = (field.bit + field.width - 1) / 8;
  if (last >= layer.size()) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = first; i <= last; ++i)
    value = value << 8 | layer[i];
  const std::size_t behind = (last + 1) * 8 - (field.bit + field.width);
  return static_cast<std::uint32_t>(value >> behind) & field.max();
}

}  // namespace natstep::wire::text

namespace natstep::wire {

const text::Value* PacketText::Node::find(text::Field field) const {
  const auto found = std::ranges::find(settings, field, &text::Setting::field);
  return found == settings.end() ? nullptr : &found->value;
}

void PacketText::Node::set(text::Field field, text::Value value) {
  const auto at = std::ranges::lower_bound(settings, field, {}, &text::Setting::field);
  if (at != settings.end() && at->field == field) {
    at->value = std::move(value);
  } else {
    settings.insert(at, {.field = field, .value = std::move(value)});
  }
}

}  // namespace natstep::wire
