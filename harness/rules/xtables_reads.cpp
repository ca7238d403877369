// SPDX-License-Identifier: GPL-2.0-or-later
// Sources: net/netfilter/xt_tcpudp.c, xt_multiport.c, xt_sctp.c, xt_dccp.c, xt_tcpmss.c.
#include "harness/rules/iptables_options.h"

namespace natstep::harness {
namespace {

using model::Field;

constexpr std::uint8_t dccp = 33, sctp = 132;

bool is_multiport(std::string_view option) {
  return option == "--sports" || option == "--source-ports" || option == "--dports" ||
         option == "--destination-ports";
}

}  // namespace

std::uint8_t xtables_bytes_read(std::string_view option, Field field, const IptablesMatches& rule) {
  constexpr std::uint8_t ports = 4, udp_header = 8, icmp_header = 8, sctp_header = 12,
                         dccp_header = 12, tcp_header = 20;
  const auto of_legacy = [&rule](std::uint8_t size) {
    return rule.legacy ? size : std::uint8_t{0};
  };
  if (is_multiport(option)) return ports;
  switch (field) {
    case Field::tcp_sport:
    case Field::tcp_dport:
    case Field::tcp_flags:
      return of_legacy(tcp_header);
    case Field::udp_sport:
    case Field::udp_dport:
      return of_legacy(udp_header);
    case Field::th_sport:
    case Field::th_dport:
      if (rule.protocol == sctp) return sctp_header;
      if (rule.protocol == dccp) return dccp_header;
      return of_legacy(udp_header);  // of UDP-Lite
    case Field::icmp_type:
    case Field::icmp_code:
    case Field::icmpv6_type:
    case Field::icmpv6_code:
      return icmp_header;
    case Field::tcp_maxseg:
      return tcp_header;
    default:
      return 0;
  }
}

}  // namespace natstep::harness
