// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rules/nft_names.h"

#include "harness/rules/rule_values.h"
#include "model/conntrack/conn.h"

#include <algorithm>
#include <array>
#include <span>

namespace natstep::harness {
namespace {

using model::Field;

constexpr std::uint8_t dccp = 33, sctp = 132, udplite = 136;

constexpr std::array fields{
    NftField{"iifname", Field::meta_iifname, NftType::interface},
    NftField{"oifname", Field::meta_oifname, NftType::interface},
    NftField{"iif", Field::meta_iifname, NftType::interface},
    NftField{"oif", Field::meta_oifname, NftType::interface},
    NftField{"meta l4proto", Field::meta_l4proto, NftType::protocol},
    NftField{"meta mark", Field::meta_mark},
    NftField{"meta length", Field::meta_length},
    NftField{"meta nfproto", Field::meta_nfproto, NftType::nfproto},
    NftField{"meta protocol", Field::meta_nfproto, NftType::ethertype},
    NftField{"meta pkttype", Field::meta_pkttype, NftType::packet_type},
    NftField{"fib daddr type", Field::fib_daddr_type, NftType::address_type},
    NftField{"fib saddr type", Field::fib_saddr_type, NftType::address_type},
    NftField{"ip saddr", Field::ip_saddr, NftType::address},
    NftField{"ip daddr", Field::ip_daddr, NftType::address},
    NftField{"ip protocol", Field::ip_protocol, NftType::protocol},
    NftField{"ip ttl", Field::ip_ttl},
    NftField{"ip dscp", Field::ip_dscp, NftType::dscp},
    NftField{"ip id", Field::ip_id},
    NftField{"ip length", Field::ip_length},
    NftField{"ip frag-off", Field::ip_frag_off},
    NftField{"ip version", Field::ip_version},
    NftField{"ip hdrlength", Field::ip_hdrlength},
    NftField{"ip6 saddr", Field::ip6_saddr, NftType::address},
    NftField{"ip6 daddr", Field::ip6_daddr, NftType::address},
    NftField{"ip6 nexthdr", Field::ip6_nexthdr, NftType::protocol},
    NftField{"ip6 hoplimit", Field::ip6_hoplimit},
    NftField{"ip6 dscp", Field::ip6_dscp, NftType::dscp},
    NftField{"ip6 flowlabel", Field::ip6_flowlabel},
    NftField{"ip6 length", Field::ip6_length},
    NftField{"ip6 version", Field::ip6_version},
    NftField{"th sport", Field::th_sport, NftType::service},
    NftField{"th dport", Field::th_dport, NftType::service},
    NftField{"udp sport", Field::udp_sport, NftType::service},
    NftField{"udp dport", Field::udp_dport, NftType::service},
    NftField{"udp length", Field::udp_length},
    NftField{"udp checksum", Field::udp_checksum},
    NftField{"tcp sport", Field::tcp_sport, NftType::service},
    NftField{"tcp dport", Field::tcp_dport, NftType::service},
    NftField{"tcp flags", Field::tcp_flags, NftType::tcp_flag},
    NftField{"tcp sequence", Field::tcp_sequence},
    NftField{"tcp ackseq", Field::tcp_ackseq},
    NftField{"tcp window", Field::tcp_window},
    NftField{"tcp option maxseg size", Field::tcp_maxseg},
    NftField{"icmp type", Field::icmp_type, NftType::icmp_type},
    NftField{"icmp code", Field::icmp_code, NftType::icmp_code},
    NftField{"icmp id", Field::icmp_id},
    NftField{"icmp sequence", Field::icmp_sequence},
    NftField{"icmp mtu", Field::icmp_mtu},
    NftField{"icmpv6 type", Field::icmpv6_type, NftType::icmpv6_type},
    NftField{"icmpv6 code", Field::icmpv6_code, NftType::icmpv6_code},
    NftField{"icmpv6 id", Field::icmpv6_id},
    NftField{"icmpv6 sequence", Field::icmpv6_sequence},
    NftField{"icmpv6 mtu", Field::icmpv6_mtu},
    NftField{"icmpv6 packet-too-big", Field::icmpv6_mtu},
    NftField{"ah nexthdr", Field::ah_nexthdr, NftType::protocol},
    NftField{"ah hdrlength", Field::ah_hdrlength},
    NftField{"ah reserved", Field::ah_reserved},
    NftField{"ah spi", Field::ah_spi},
    NftField{"ah sequence", Field::ah_sequence},
    NftField{"sctp sport", Field::th_sport, NftType::service, sctp},
    NftField{"sctp dport", Field::th_dport, NftType::service, sctp},
    NftField{"dccp sport", Field::th_sport, NftType::service, dccp},
    NftField{"dccp dport", Field::th_dport, NftType::service, dccp},
    NftField{"udplite sport", Field::th_sport, NftType::service, udplite},
    NftField{"udplite dport", Field::th_dport, NftType::service, udplite},
    NftField{"ct state", Field::ct_state, NftType::ct_state},
    NftField{"ct status", Field::ct_status, NftType::ct_status},
    NftField{"ct direction", Field::ct_direction, NftType::ct_direction},
    NftField{"ct mark", Field::ct_mark},
    NftField{"ct protocol", Field::ct_protocol, NftType::protocol},
    NftField{"ct original protocol", Field::ct_protocol, NftType::protocol},
    NftField{"ct reply protocol", Field::ct_protocol, NftType::protocol},
    NftField{"ct original ip saddr", Field::ct_original_saddr, NftType::address},
    NftField{"ct original ip daddr", Field::ct_original_daddr, NftType::address},
    NftField{"ct original ip6 saddr", Field::ct_original_saddr, NftType::address},
    NftField{"ct original ip6 daddr", Field::ct_original_daddr, NftType::address},
    NftField{"ct reply ip6 saddr", Field::ct_reply_saddr, NftType::address},
    NftField{"ct reply ip6 daddr", Field::ct_reply_daddr, NftType::address},
    NftField{"ct original saddr", Field::ct_original_saddr, NftType::address},
    NftField{"ct original daddr", Field::ct_original_daddr, NftType::address},
    NftField{"ct original proto-src", Field::ct_original_proto_src, NftType::service},
    NftField{"ct original proto-dst", Field::ct_original_proto_dst, NftType::service},
    NftField{"ct reply ip saddr", Field::ct_reply_saddr, NftType::address},
    NftField{"ct reply ip daddr", Field::ct_reply_daddr, NftType::address},
    NftField{"ct reply saddr", Field::ct_reply_saddr, NftType::address},
    NftField{"ct reply daddr", Field::ct_reply_daddr, NftType::address},
    NftField{"ct reply proto-src", Field::ct_reply_proto_src, NftType::service},
    NftField{"ct reply proto-dst", Field::ct_reply_proto_dst, NftType::service},
    NftField{"ct l3proto", Field::ct_l3proto, NftType::nfproto},
    NftField{"ct zone", Field::ct_zone},
    NftField{"ct original zone", Field::ct_original_zone},
    NftField{"ct reply zone", Field::ct_reply_zone},
    NftField{"ct label", Field::ct_label, NftType::ct_label},
    NftField{"ct helper", Field::ct_helper, NftType::ct_helper},
    NftField{"ct bytes", Field::ct_bytes},
    NftField{"ct original bytes", Field::ct_original_bytes},
    NftField{"ct reply bytes", Field::ct_reply_bytes},
    NftField{"ct packets", Field::ct_packets},
    NftField{"ct original packets", Field::ct_original_packets},
    NftField{"ct reply packets", Field::ct_reply_packets},
    NftField{"ct avgpkt", Field::ct_avgpkt},
    NftField{"ct original avgpkt", Field::ct_original_avgpkt},
    NftField{"ct reply avgpkt", Field::ct_reply_avgpkt},
};

struct Name {
  std::string_view word;
  std::uint64_t value;
};

constexpr std::array<Name, 2> families{{{"ipv4", 2}, {"ipv6", 10}}};
// An EtherType says the same as the family; the model has only the latter.
constexpr std::array<Name, 2> ethertypes{{{"ip", 2}, {"ip6", 10}}};
constexpr std::array<Name, 23> dscp_names{{
    {"be", 0},    {"df", 0},    {"lephb", 1}, {"cs0", 0},   {"cs1", 8},   {"cs2", 16},
    {"cs3", 24},  {"cs4", 32},  {"cs5", 40},  {"cs6", 48},  {"cs7", 56},  {"af11", 10},
    {"af12", 12}, {"af13", 14}, {"af21", 18}, {"af22", 20}, {"af23", 22}, {"af31", 26},
    {"af32", 28}, {"af33", 30}, {"af41", 34}, {"af42", 36}, {"ef", 46},
}};
constexpr std::array<Name, 8> tcp_flags{{
    {"fin", 0x01},
    {"syn", 0x02},
    {"rst", 0x04},
    {"psh", 0x08},
    {"ack", 0x10},
    {"urg", 0x20},
    {"ecn", 0x40},
    {"cwr", 0x80},
}};
constexpr std::array<Name, 15> icmp_types{{
    {"echo-reply", 0},
    {"destination-unreachable", 3},
    {"source-quench", 4},
    {"redirect", 5},
    {"echo-request", 8},
    {"router-advertisement", 9},
    {"router-solicitation", 10},
    {"time-exceeded", 11},
    {"parameter-problem", 12},
    {"timestamp-request", 13},
    {"timestamp-reply", 14},
    {"info-request", 15},
    {"info-reply", 16},
    {"address-mask-request", 17},
    {"address-mask-reply", 18},
}};
constexpr std::array<Name, 8> icmp_codes{{
    {"net-unreachable", 0},
    {"host-unreachable", 1},
    {"prot-unreachable", 2},
    {"port-unreachable", 3},
    {"frag-needed", 4},
    {"net-prohibited", 9},
    {"host-prohibited", 10},
    {"admin-prohibited", 13},
}};
constexpr std::array<Name, 18> icmpv6_types{{
    {"destination-unreachable", 1},
    {"packet-too-big", 2},
    {"time-exceeded", 3},
    {"parameter-problem", 4},
    {"echo-request", 128},
    {"echo-reply", 129},
    {"mld-listener-query", 130},
    {"mld-listener-report", 131},
    {"mld-listener-done", 132},
    {"mld-listener-reduction", 132},
    {"nd-router-solicit", 133},
    {"nd-router-advert", 134},
    {"nd-neighbor-solicit", 135},
    {"nd-neighbor-advert", 136},
    {"nd-redirect", 137},
    {"router-renumbering", 138},
    {"ind-neighbor-solicit", 141},
    {"mld2-listener-report", 143},
}};
constexpr std::array<Name, 6> icmpv6_codes{{
    {"no-route", 0},
    {"admin-prohibited", 1},
    {"addr-unreachable", 3},
    {"port-unreachable", 4},
    {"policy-fail", 5},
    {"reject-route", 6},
}};
constexpr std::array<Name, 5> ct_states{{
    {"invalid", model::ct_state::invalid},
    {"established", model::ct_state::established},
    {"related", model::ct_state::related},
    {"new", model::ct_state::is_new},
    {"untracked", model::ct_state::untracked},
}};
constexpr std::array<Name, 7> ct_statuses{{
    {"expected", model::status::expected},
    {"seen-reply", model::status::seen_reply},
    {"assured", model::status::assured},
    {"confirmed", model::status::confirmed},
    {"snat", model::status::src_nat},
    {"dnat", model::status::dst_nat},
    {"dying", model::status::dying},
}};
constexpr std::array<Name, 2> directions{{{"original", 0}, {"reply", 1}}};

constexpr std::array<Name, 5> packet_types{
    {{"host", 0}, {"unicast", 0}, {"broadcast", 1}, {"multicast", 2}, {"other", 3}}};
constexpr std::array<Name, 9> address_types{{
    {"unspec", model::address_type::unspec},
    {"unicast", model::address_type::unicast},
    {"local", model::address_type::local},
    {"broadcast", model::address_type::broadcast},
    {"anycast", 4},
    {"multicast", model::address_type::multicast},
    {"blackhole", model::address_type::blackhole},
    {"unreachable", model::address_type::unreachable},
    {"prohibit", model::address_type::prohibit},
}};

std::span<const Name> names_of(NftType type) {
  switch (type) {
    case NftType::nfproto:
      return families;
    case NftType::ethertype:
      return ethertypes;
    case NftType::dscp:
      return dscp_names;
    case NftType::tcp_flag:
      return tcp_flags;
    case NftType::icmp_type:
      return icmp_types;
    case NftType::icmp_code:
      return icmp_codes;
    case NftType::icmpv6_type:
      return icmpv6_types;
    case NftType::icmpv6_code:
      return icmpv6_codes;
    case NftType::ct_state:
      return ct_states;
    case NftType::ct_status:
      return ct_statuses;
    case NftType::ct_direction:
      return directions;
    case NftType::packet_type:
      return packet_types;
    case NftType::address_type:
      return address_types;
    default:
      return {};
  }
}

}  // namespace

std::optional<NftField> find_nft_field(std::string_view name) {
  const auto found = std::ranges::find(fields, name, &NftField::name);
  return found == fields.end() ? std::nullopt : std::optional(*found);
}

std::optional<std::uint64_t> nft_value(NftType type, std::string_view word) {
  if (type == NftType::protocol) return protocol_number(word);
  if (type == NftType::service) return service_port(word);
  if (type == NftType::ct_helper) {
    const auto helper = model::find_helper(word);
    return helper ? std::optional(model::helper_value(*helper)) : std::nullopt;
  }
  const auto names = names_of(type);
  const auto found = std::ranges::find(names, word, &Name::word);
  if (found != names.end()) return found->value;
  return number(word);
}

}  // namespace natstep::harness
