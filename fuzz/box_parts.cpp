// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/box_parts.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

using Text = std::string_view;

struct TopologyPart {
  Text lines;
  bool ipv6 = false;
};

constexpr std::array topologies{
    TopologyPart{"topology router\n"},
    TopologyPart{"topology router6\n", true},
    TopologyPart{"topology router\naddress wan 203.0.113.7/24\n"},
    TopologyPart{"topology router\nport dmz 10.0.2.1/24 mtu 576\n"},
    TopologyPart{"topology host\n"},
    TopologyPart{"topology router6\nport dmz 10.0.2.1/24,fd00:2::1/64 mtu 1280\n", true},
    TopologyPart{"topology host6\n", true},
    TopologyPart{"topology router6\nroute blackhole fd00:9::/64\nroute unreachable "
                 "2001:db8:77::/64\nroute prohibit 2001:db8:78::/64\n",
                 true},
    // From here on the box complains of routes, and each complaint costs: ip_error allows a source
    // five of them, and one more a second.
    TopologyPart{"topology router\nroute blackhole 10.0.9.0/24\nroute unreachable 192.0.2.0/26\n"
                 "route prohibit 192.0.2.64/26\nroute 10.0.1.64/26 via 10.0.1.77 dev lan\n"},
    TopologyPart{"topology router\nroute none\n"},
};
constexpr std::size_t cheap_topology_count = 8;

/// A sentence for IPv4 and the like of it for IPv6; either may be empty.
struct RulePart {
  Text ipv4;
  Text ipv6 = {};
};

// Rules of a chain at postrouting.
constexpr std::array source_parts{
    RulePart{""},
    RulePart{"oifname \"wan\" masquerade", "oifname \"wan\" masquerade"},
    RulePart{"oifname \"wan\" snat to 203.0.113.7", "oifname \"wan\" snat to 2001:db8:203::7"},
    RulePart{"oifname \"wan\" meta l4proto { tcp, udp } snat to 203.0.113.1:50000",
             "oifname \"wan\" meta l4proto { tcp, udp } snat to [2001:db8:203::1]:50000"},
    RulePart{"oifname \"wan\" meta l4proto { tcp, udp } snat to 203.0.113.7:4000-4001",
             "oifname \"wan\" meta l4proto { tcp, udp } snat to [2001:db8:203::7]:4000-4001"},
    RulePart{"oifname \"wan\" snat to 203.0.113.16-203.0.113.19",
             "oifname \"wan\" snat to 2001:db8:203::10-2001:db8:203::13"},
    RulePart{"masquerade", "masquerade"},
    RulePart{"oifname \"wan\" masquerade fully-random", "oifname \"wan\" masquerade random"},
    RulePart{"oifname \"wan\" snat ip prefix to ip saddr map { 10.0.1.0/24 : 192.0.2.0/24 }",
             "oifname \"wan\" snat ip6 prefix to ip6 saddr map { fd00:1::/64 : 2001:db8:aa::/64 }"},
    RulePart{"oifname { \"wan\", \"dmz\" } masquerade", "oifname { \"wan\", \"dmz\" } masquerade"},
    RulePart{"oifname \"wan\" snat to 203.0.113.16-203.0.113.19 persistent",
             "oifname \"wan\" snat to 2001:db8:203::10-2001:db8:203::13 persistent"},
    RulePart{"oifname \"wan\" meta l4proto { tcp, udp } masquerade to :5000-5001",
             "oifname \"wan\" meta l4proto { tcp, udp } masquerade to :5000-5001"},
    RulePart{"oifname \"wan\" meta l4proto { sctp, udplite } snat to 203.0.113.7:5000",
             "oifname \"wan\" meta l4proto { sctp, udplite } snat to [2001:db8:203::7]:5000"},
    RulePart{"ip daddr 10.0.2.8 snat to 10.0.2.1", "ip6 daddr fd00:2::8 snat to fd00:2::1"},
    RulePart{"oifname \"wan\" meta l4proto dccp snat to 203.0.113.7:5000-5001",
             "oifname \"wan\" meta l4proto dccp snat to [2001:db8:203::7]:5000-5001"},
};

// Rules of a chain at prerouting; behind '|' one at output.
constexpr std::array destination_parts{
    RulePart{""},
    RulePart{"iifname \"wan\" dnat to 10.0.1.2", "iifname \"wan\" dnat to fd00:1::2"},
    RulePart{"tcp dport 80 dnat to 10.0.2.8:8080; udp dport 53 dnat to 10.0.2.8:5353",
             "tcp dport 80 dnat to [fd00:2::8]:8080; udp dport 53 dnat to [fd00:2::8]:5353"},
    RulePart{"udp dport 53 dnat to 198.51.100.7", "udp dport 53 dnat to 2001:db8:5::7"},
    RulePart{"iifname \"lan\" redirect", "iifname \"lan\" redirect"},
    RulePart{"tcp dport 80 redirect to :3128; udp dport 53 redirect to :5353",
             "tcp dport 80 redirect to :3128; udp dport 53 redirect to :5353"},
    RulePart{"ip daddr 203.0.113.7 dnat to 10.0.1.8",
             "ip6 daddr 2001:db8:203::7 dnat to fd00:1::8"},
    RulePart{"udp dport 53 dnat to 10.0.2.8:5300-5301",
             "udp dport 53 dnat to [fd00:2::8]:5300-5301"},
    RulePart{"dnat ip prefix to ip daddr map { 192.0.2.0/24 : 10.0.1.0/24 }",
             "dnat ip6 prefix to ip6 daddr map { 2001:db8:aa::/64 : fd00:1::/64 }"},
    RulePart{"udp dport 53 dnat to 127.0.0.1"},
    RulePart{"|udp dport 53 dnat to 10.0.2.8; tcp dport 80 redirect to :3128",
             "|udp dport 53 dnat to fd00:2::8; tcp dport 80 redirect to :3128"},
    RulePart{"dnat to 10.0.2.8-10.0.2.9", "dnat to fd00:2::8-fd00:2::9"},
    RulePart{"ip daddr 203.0.113.1 tcp dport 80 dnat to 10.0.1.2:80",
             "ip6 daddr 2001:db8:203::1 tcp dport 80 dnat to [fd00:1::2]:80"},
    RulePart{"icmp type echo-request dnat to 10.0.2.8",
             "icmpv6 type echo-request dnat to fd00:2::8"},
    RulePart{"udp dport 53 dnat to 10.9.9.9|udp dport 53 dnat to 198.51.100.7:5353",
             "|udp dport 53 dnat to [2001:db8:5::7]:5353"},
    RulePart{"dccp dport { 53, 80 } dnat to 10.0.2.8:5300-5301",
             "dccp dport { 53, 80 } dnat to [fd00:2::8]:5300-5301"},
};

// Whole chains of a table of their own, of either family.
constexpr std::array filter_parts{
    RulePart{""},
    RulePart{"chain forward { type filter hook forward priority filter; ct state invalid drop; }",
             "chain forward { type filter hook forward priority filter; ct state invalid drop; }"},
    RulePart{"chain forward { type filter hook forward priority 0; policy drop; ct state "
             "established,related accept; iifname \"lan\" accept; }",
             "chain forward { type filter hook forward priority 0; policy drop; ct state "
             "established,related accept; iifname \"lan\" accept; }"},
    RulePart{"chain raw { type filter hook prerouting priority raw; udp dport 53 notrack; }",
             "chain raw { type filter hook prerouting priority raw; udp dport 53 notrack; }"},
    RulePart{
        "chain raw { type filter hook prerouting priority raw; iifname \"dmz\" ct zone set 5; }",
        "chain raw { type filter hook prerouting priority raw; iifname \"dmz\" ct zone set 5; }"},
    RulePart{
        "chain raw { type filter hook prerouting priority raw; iifname \"lan\" ct original zone "
        "set 1; }"},
    RulePart{
        "chain pre { type filter hook prerouting priority mangle; iifname \"lan\" meta mark set "
        "7; ct mark set meta mark; }\nchain forward { type filter hook forward priority filter; "
        "ct mark 7 tcp dport 80 drop; }",
        "chain pre { type filter hook prerouting priority mangle; iifname \"lan\" meta mark set "
        "7; ct mark set meta mark; }"},
    RulePart{"chain forward { type filter hook forward priority 0; tcp dport 80 reject with tcp "
             "reset; udp dport 53 reject; }",
             "chain forward { type filter hook forward priority 0; tcp dport 80 reject with tcp "
             "reset; udp dport 53 reject; }"},
    RulePart{"chain forward { type filter hook forward priority mangle; tcp flags syn tcp option "
             "maxseg size set 1400; }",
             "chain forward { type filter hook forward priority mangle; tcp flags syn tcp option "
             "maxseg size set 1400; }"},
    RulePart{
        "ct timeout quick { protocol udp; policy = { unreplied : 7, replied : 11 }; }\nchain pre "
        "{ type filter hook prerouting priority 0; udp dport 53 ct timeout set \"quick\"; }"},
    RulePart{
        "chain post { type filter hook postrouting priority mangle; ip ttl set 9; ip dscp set "
        "cs1; }",
        "chain post { type filter hook postrouting priority mangle; ip6 hoplimit set 9; ip6 dscp "
        "set cs1; udp dport 53 ip6 saddr set fd00:9::9; }"},
    RulePart{
        "chain in { type filter hook input priority filter; ct state invalid,untracked drop; "
        "}\nchain out { type filter hook output priority filter; ct state invalid drop; }",
        "chain in { type filter hook input priority filter; ct state invalid,untracked drop; }"},
    RulePart{"chain seen { type filter hook forward priority 0; ct state new accept; }",
             "chain seen { type filter hook forward priority 0; ct state new accept; }"},
    RulePart{"ct expectation back { protocol tcp; dport 5001; timeout 1m; size 2; l3proto ip; }\n"
             "chain pre { type filter hook prerouting priority 0; tcp dport 80 ct expectation set "
             "\"back\"; }"},
    RulePart{
        "chain inner { udp dport 53 drop; tcp dport 80 return; meta mark set 3; }\n"
        "chain forward { type filter hook forward priority filter; ip protocol tcp goto inner; "
        "jump inner; meta mark 3 drop; }",
        "chain inner { udp dport 53 drop; tcp dport 80 return; }\n"
        "chain forward { type filter hook forward priority filter; meta l4proto tcp goto "
        "inner; jump inner; icmpv6 type echo-request drop; }"},
    RulePart{"chain forward { type filter hook forward priority filter; quota over 200 bytes drop; "
             "numgen inc mod 3 1 drop; fib daddr type local drop; }"},
    RulePart{"chain pre { type filter hook prerouting priority -50; ct mark set ct mark or 0x3; ct "
             "label set 1; }\nchain forward { type filter hook forward priority mangle; meta mark "
             "set ct mark; meta mark 3 tcp dport 80 reject; }",
             "chain pre { type filter hook prerouting priority -50; ct mark set ct mark or 0x3; }"},
    RulePart{"chain pre { type filter hook prerouting priority mangle; udp dport 53 udp checksum "
             "set 0; tcp dport 80 tcp sport set 4444; ip saddr 10.0.1.3 ip saddr set 10.0.1.8; }",
             "chain pre { type filter hook prerouting priority mangle; udp dport 53 udp sport set "
             "4444; tcp dport 80 ip6 daddr set fd00:2::8; ip6 flowlabel set 77; }"},
    RulePart{"chain syn { type filter hook forward priority mangle; tcp flags syn tcp option "
             "maxseg size set rt mtu; }",
             "chain syn { type filter hook forward priority mangle; tcp flags syn tcp option "
             "maxseg size set rt mtu; }"},
    RulePart{
        "chain pre { type filter hook prerouting priority -250; iifname \"dmz\" meta mark set 7; "
        "iifname \"dmz\" ct zone set meta mark; iifname \"lan\" ct reply zone set 4; }"},
    RulePart{
        "chain in { type filter hook input priority filter; tcp dport 80 reject with tcp "
        "reset; udp dport 53 reject with icmp host-unreachable; icmp type echo-request reject; }",
        "chain in { type filter hook input priority filter; tcp dport 80 reject with tcp "
        "reset; udp dport 53 reject with icmpv6 addr-unreachable; }"},
    RulePart{"chain forward { type filter hook forward priority filter; ct status dnat accept; ct "
             "state new iifname \"wan\" drop; }",
             "chain forward { type filter hook forward priority filter; ct status dnat accept; }"},
};

struct HelperPart {
  Text type;
  Text protocol = {};
  std::uint16_t port = 0;
};
// In the order of Reader.
constexpr std::array helper_parts{
    HelperPart{},
    HelperPart{"ftp", "tcp", 21},
    HelperPart{"tftp", "udp", 69},
    HelperPart{"irc", "tcp", 6667},
    HelperPart{"amanda", "udp", 10080},
    HelperPart{"pptp", "tcp", 1723},
    HelperPart{"sip", "udp", 5060},
};

constexpr std::array settings_parts{
    Text{},
    Text{"sysctl net.netfilter.nf_conntrack_acct = 1\n"},
    Text{"sysctl net.netfilter.nf_conntrack_tcp_loose = 0\n"},
    Text{"sysctl net.netfilter.nf_conntrack_tcp_be_liberal = 1\n"},
    Text{"sysctl net.netfilter.nf_conntrack_tcp_ignore_invalid_rst = 1\n"},
    Text{"sysctl net.netfilter.nf_conntrack_checksum = 0\n"},
    Text{"sysctl net.ipv4.conf.all.route_localnet = 1\n"},
    Text{"sysctl net.ipv4.conf.all.accept_source_route = 1\n"},
    Text{"sysctl net.netfilter.nf_conntrack_tcp_max_retrans = 1\n"},
    Text{"sysctl net.ipv4.ip_default_ttl = 77\n"},
    Text{"sysctl net.ipv4.ip_forward = 0\n"},
    Text{"sysctl net.netfilter.nf_conntrack_udp_timeout = 11\nsysctl "
         "net.netfilter.nf_conntrack_udp_timeout_stream = 222\nsysctl "
         "net.netfilter.nf_conntrack_tcp_timeout_established = 3333\n"},
};

template <typename Table>
const auto& at(const Table& table, std::uint8_t index) {
  return table[index % table.size()];
}

std::string chain(Text name, Text type, Text rules) {
  if (rules.empty()) return {};
  return fmt::format("    chain {} {{ type {}; {}; }}\n", name, type, rules);
}

std::string nat_table(Text family, Text destination, Text source) {
  const auto bar = destination.find('|');
  const Text arriving = destination.substr(0, bar);
  const Text of_the_box = bar == Text::npos ? Text{} : destination.substr(bar + 1);
  const std::string chains = chain("pre", "nat hook prerouting priority dstnat", arriving) +
                             chain("out", "nat hook output priority -100", of_the_box) +
                             chain("post", "nat hook postrouting priority srcnat", source);
  return chains.empty() ? chains : fmt::format("  table {} nat {{\n{}  }}\n", family, chains);
}

std::string filter_table(Text family, Text chains) {
  return chains.empty() ? std::string()
                        : fmt::format("  table {} filter {{\n{}\n  }}\n", family, chains);
}

std::string helper_table(Text family, const HelperPart& helper) {
  if (helper.type.empty()) return {};
  return fmt::format(
      "  table {0} helpers {{\n    ct helper {1} {{ type \"{1}\" protocol {2}; }}\n"
      "    chain pre {{ type filter hook prerouting priority 0; {2} dport {3} ct helper set "
      "\"{1}\"; }}\n  }}\n",
      family, helper.type, helper.protocol, helper.port);
}

std::string rules_of(const BoxChoice& box, bool ipv6) {
  const auto& source = at(source_parts, box.source);
  const auto& destination = at(destination_parts, box.destination);
  const auto& filter = at(filter_parts, box.filter);
  const auto& helper = at(helper_parts, box.helper);
  std::string rules = nat_table("ip", destination.ipv4, source.ipv4) +
                      filter_table("ip", filter.ipv4) + helper_table("ip", helper);
  if (!ipv6) return rules;
  rules += nat_table("ip6", destination.ipv6, source.ipv6) + filter_table("ip6", filter.ipv6);
  // Only FTP's helper speaks IPv6 in the model.
  if (helper.type == "ftp") rules += helper_table("ip6", helper);
  return rules;
}

}  // namespace

BoxPartCounts box_part_counts() {
  return {.topologies = topologies.size(),
          .cheap_topologies = cheap_topology_count,
          .sources = source_parts.size(),
          .destinations = destination_parts.size(),
          .filters = filter_parts.size(),
          .helpers = helper_parts.size(),
          .settings = settings_parts.size()};
}

std::optional<Helped> helped_by(const BoxChoice& box) {
  const std::size_t index = box.helper % helper_parts.size();
  if (!box.text.empty() || index == 0) return std::nullopt;
  return Helped{.reader = static_cast<Reader>(index),
                .protocol = helper_parts[index].protocol == "tcp" ? Protocol::tcp : Protocol::udp,
                .port = helper_parts[index].port};
}

BoxChoice reduced(const BoxChoice& box) {
  if (!box.text.empty()) return {.text = box.text};
  const BoxPartCounts counts = box_part_counts();
  const auto within = [](std::uint8_t value, std::size_t count) {
    return static_cast<std::uint8_t>(value % count);
  };
  return {.topology = within(box.topology, counts.topologies),
          .source = within(box.source, counts.sources),
          .destination = within(box.destination, counts.destinations),
          .filter = within(box.filter, counts.filters),
          .helper = within(box.helper, counts.helpers),
          .settings = within(box.settings, counts.settings)};
}

std::string box_text(const BoxChoice& box) {
  if (!box.text.empty()) return box.text;
  const TopologyPart& topology = at(topologies, box.topology);
  std::string text(topology.lines);
  text += at(settings_parts, box.settings);
  const std::string rules = rules_of(box, topology.ipv6);
  if (!rules.empty()) text += "\nnft {\n" + rules + "}\n";
  return text;
}

}  // namespace natstep::fuzz
