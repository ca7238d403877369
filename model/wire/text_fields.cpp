// SPDX-License-Identifier: GPL-2.0-or-later
// The table of fields: what a word means, where it stands in the packet, and how its value is
// written.
#include "model/wire/text_node.h"

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
constexpr unsigned icmp6_only = bit_of(Kind::icmp6);
constexpr unsigned both_icmp = icmp_only | icmp6_only;
constexpr unsigned udpl_only = bit_of(Kind::udplite);
constexpr unsigned sctp_only = bit_of(Kind::sctp);
constexpr unsigned dccp_only = bit_of(Kind::dccp);
constexpr unsigned gre_only = bit_of(Kind::gre);
constexpr unsigned ip_only = bit_of(Kind::ip);
constexpr unsigned ip6_only = bit_of(Kind::ip6);
constexpr unsigned ported = udp_only | udpl_only | sctp_only | dccp_only;
constexpr unsigned every = ported | tcp_only | both_icmp | gre_only | ip_only | ip6_only;

// clang-format off
constexpr auto table = std::to_array<FieldInfo>({
    // field                  word           name                layer         kinds      bit  width  style
    {Field::udp_src_port,    "",            "src_port",         Layer::l4,    ported,      0, 16, Style::decimal},
    {Field::udp_dst_port,    "",            "dst_port",         Layer::l4,    ported,     16, 16, Style::decimal},
    {Field::tcp_src_port,    "",            "src_port",         Layer::l4,    tcp_only,    0, 16, Style::decimal},
    {Field::tcp_dst_port,    "",            "dst_port",         Layer::l4,    tcp_only,   16, 16, Style::decimal},
    {Field::sctp_vtag,       "vtag",        "vtag",             Layer::l4,    sctp_only,  32, 32, Style::hex},
    {Field::dccp_type,       "type",        "type",             Layer::l4,    dccp_only,  67,  4, Style::dccp_type},
    {Field::dccp_short_seq,  "seq24",       "short_seq",        Layer::l4,    dccp_only,  72, 24, Style::decimal},
    {Field::dccp_seq_high,   "seq-high",    "seq_high",         Layer::l4,    dccp_only,  80, 16, Style::decimal},
    {Field::dccp_seq,        "seq",         "seq",              Layer::l4,    dccp_only,  96, 32, Style::decimal},
    {Field::dccp_ack_high,   "ack-high",    "ack_high",         Layer::l4,    dccp_only, 144, 16, Style::decimal},
    {Field::dccp_ack,        "ack",         "ack",              Layer::l4,    dccp_only, 160, 32, Style::decimal},
    {Field::dccp_extended,   "x",           "extended",         Layer::l4,    dccp_only,  71,  1, Style::decimal},
    {Field::dccp_ccval,      "ccval",       "ccval",            Layer::l4,    dccp_only,  40,  4, Style::decimal},
    {Field::dccp_coverage,   "coverage",    "coverage",         Layer::l4,    dccp_only,  44,  4, Style::decimal},
    {Field::dccp_data_offset, "doff",       "data_offset",      Layer::l4,    dccp_only,  32,  8, Style::decimal},
    {Field::dccp_reserved,   "reserved",    "reserved",         Layer::l4,    dccp_only,  64,  3, Style::decimal},
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
    {Field::icmp_type,       "type",        "type",             Layer::l4,    both_icmp,   0,  8, Style::decimal},
    {Field::icmp_code,       "code",        "code",             Layer::l4,    both_icmp,   8,  8, Style::decimal},
    {Field::icmp_id,         "id",          "id",               Layer::l4,    both_icmp,  32, 16, Style::decimal},
    {Field::icmp_seq,        "seq",         "seq",              Layer::l4,    both_icmp,  48, 16, Style::decimal},
    {Field::icmp_mtu,        "mtu",         "mtu",              Layer::l4,    icmp_only,  48, 16, Style::decimal},
    {Field::icmp_pointer,    "pointer",     "pointer",          Layer::l4,    icmp_only,  32,  8, Style::decimal},
    {Field::icmp_gateway,    "gateway",     "gateway",          Layer::l4,    icmp_only,  32, 32, Style::address},
    {Field::icmp_length,     "length",      "length",           Layer::l4,    icmp_only,  40,  8, Style::decimal},
    {Field::icmp6_mtu,       "mtu",         "mtu",              Layer::l4,    icmp6_only, 32, 32, Style::decimal},
    {Field::icmp6_pointer,   "pointer",     "pointer",          Layer::l4,    icmp6_only, 32, 32, Style::decimal},
    {Field::icmp6_length,    "length",      "length",           Layer::l4,    icmp6_only, 32,  8, Style::decimal},
    {Field::icmp_rest,       "rest",        "rest",             Layer::l4,    both_icmp,  32, 32, Style::hex},
    {Field::protocol,        "proto",       "protocol",         Layer::ip,    ip_only,    72,  8, Style::decimal},
    {Field::protocol6,       "proto",       "protocol",         Layer::frame, ip6_only,    0,  8, Style::decimal},
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
    {Field::hop_limit,       "hlim",        "hop_limit",        Layer::ip6,   every,      56,  8, Style::decimal},
    {Field::traffic_class,   "tclass",      "traffic_class",    Layer::ip6,   every,       4,  8, Style::hex},
    {Field::flow_label,      "flow",        "flow_label",       Layer::ip6,   every,      12, 20, Style::hex},
    {Field::version6,        "ip-version",  "version",          Layer::ip6,   every,       0,  4, Style::decimal},
    {Field::payload_length,  "ip-len",      "payload_length",   Layer::ip6,   every,      32, 16, Style::decimal},
    {Field::next_header,     "next",        "next_header",      Layer::ip6,   every,      48,  8, Style::decimal},
    {Field::fragment6,       "frag",        "offset",           Layer::fragment6, every,  16, 16, Style::fragment6},
    {Field::fragment6_id,    "ip-id",       "id",               Layer::fragment6, every,  32, 32, Style::decimal},
    {Field::udp_length,      "len",         "length",           Layer::l4,    udp_only,   32, 16, Style::decimal},
    {Field::udp_checksum,    "checksum",    "checksum",         Layer::l4,    udp_only,   48, 16, Style::checksum},
    {Field::tcp_data_offset, "doff",        "data_offset",      Layer::l4,    tcp_only,   96,  4, Style::decimal},
    {Field::tcp_reserved,    "reserved",    "reserved",         Layer::l4,    tcp_only,  100,  4, Style::decimal},
    {Field::tcp_checksum,    "checksum",    "checksum",         Layer::l4,    tcp_only,  128, 16, Style::checksum},
    {Field::icmp_checksum,   "checksum",    "checksum",         Layer::l4,    both_icmp,  16, 16, Style::checksum},
    {Field::udplite_checksum, "checksum",   "checksum",         Layer::l4,    udpl_only,  48, 16, Style::checksum},
    {Field::dccp_checksum,   "checksum",    "checksum",         Layer::l4,    dccp_only,  48, 16, Style::checksum},
    {Field::sctp_checksum,   "checksum",    "checksum",         Layer::l4,    sctp_only,  64, 32, Style::checksum},
    {Field::pad,             "pad",         "pad",              Layer::frame, both_icmp,   0, 16, Style::decimal},
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

}  // namespace

std::span<const FieldInfo> fields() {
  return table;
}

const FieldInfo& info(Field field) {
  return table[static_cast<std::size_t>(field)];
}

const FieldInfo* find_field(Kind kind, AddressFamily family, std::string_view word) {
  const auto found = std::ranges::find_if(table, [&](const FieldInfo& field) {
    return !word.empty() && field.word == word && field.belongs_to(kind, family);
  });
  return found == table.end() ? nullptr : &*found;
}

std::string report_name(Kind kind, const FieldInfo& field) {
  switch (field.layer) {
    case Layer::ip:
      return "ipv4." + std::string(field.name);
    case Layer::ip6:
      return "ipv6." + std::string(field.name);
    case Layer::fragment6:
      return "ipv6.fragment." + std::string(field.name);
    case Layer::l4:
      return std::string(kind == Kind::icmp6 ? "icmpv6" : to_string(kind)) + '.' +
             std::string(field.name);
    case Layer::frame:
      break;
  }
  return std::string(field.name);
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
