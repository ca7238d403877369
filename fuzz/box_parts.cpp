// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/box_parts.h"

#include "fuzz/filter_parts.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

using Text = std::string_view;

/// One whose box complains of routes soon costs another: ip_error allows a source five complaints,
/// and one more a second.
enum class Complains : std::uint8_t { no, yes };

struct TopologyPart {
  Text lines;
  bool ipv6 = false;
  Complains complains = Complains::no;
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
    TopologyPart{"topology router\nroute blackhole 10.0.9.0/24\nroute unreachable 192.0.2.0/26\n"
                 "route prohibit 192.0.2.64/26\nroute 10.0.1.64/26 via 10.0.1.77 dev lan\n",
                 false, Complains::yes},
    TopologyPart{"topology router\nroute none\n", false, Complains::yes},
    TopologyPart{"topology router\naddress wan 198.18.0.1/24\nroute 198.51.100.7/32 via "
                 "198.18.0.254 dev wan\n"},
    TopologyPart{"topology router6\nroute none\n", true, Complains::yes},
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
    Text{"sysctl net.ipv6.conf.all.forwarding = 0\n"},
};
/// The last ones are for boxes that speak IPv6.
constexpr std::size_t settings_of_ipv6 = 1;

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
  const auto& filter = at(filter_parts(), box.filter);
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
          .sources = source_parts.size(),
          .destinations = destination_parts.size(),
          .filters = filter_parts().size(),
          .helpers = helper_parts.size(),
          .settings = settings_parts.size(),
          .blocks = block_parts().size()};
}

bool needs_new_boxes(const BoxChoice& box) {
  if (!box.text.empty()) return false;
  return at(topologies, box.topology).complains == Complains::yes ||
         at(filter_parts(), box.filter).counts == Counts::yes ||
         at(block_parts(), box.block).counts == Counts::yes;
}

void make_cheap(BoxChoice& box) {
  if (!box.text.empty()) return;
  if (at(topologies, box.topology).complains == Complains::yes) box.topology = 0;
  if (at(filter_parts(), box.filter).counts == Counts::yes) box.filter = 0;
  if (at(block_parts(), box.block).counts == Counts::yes) box.block = 0;
}

bool offloads(const BoxChoice& box) {
  return box.devices % 2 != 0;
}

bool queues_packets(const BoxChoice& box) {
  const auto queues = [](Text rules) {
    return rules.find("queue num") != Text::npos || rules.find("NFQUEUE") != Text::npos;
  };
  if (!box.text.empty()) return queues(box.text);
  return queues(at(block_parts(), box.block).text);
}

std::optional<Helped> helped_by(const BoxChoice& box) {
  const std::size_t index = box.helper % helper_parts.size();
  if (!box.text.empty() || index == 0) return std::nullopt;
  return Helped{.reader = static_cast<Reader>(index),
                .protocol = helper_parts[index].protocol == "tcp" ? Protocol::tcp : Protocol::udp,
                .port = helper_parts[index].port};
}

BoxChoice reduced(const BoxChoice& box) {
  const auto devices = static_cast<std::uint8_t>(box.devices % 2);
  if (!box.text.empty()) return {.devices = devices, .text = box.text};
  const BoxPartCounts counts = box_part_counts();
  const auto within = [](std::uint8_t value, std::size_t count) {
    return static_cast<std::uint8_t>(value % count);
  };
  return {.topology = within(box.topology, counts.topologies),
          .source = within(box.source, counts.sources),
          .destination = within(box.destination, counts.destinations),
          .filter = within(box.filter, counts.filters),
          .helper = within(box.helper, counts.helpers),
          .settings = within(box.settings, counts.settings),
          .block = within(box.block, counts.blocks),
          .devices = devices};
}

std::string box_text(const BoxChoice& box) {
  if (!box.text.empty()) return box.text;
  const TopologyPart& topology = at(topologies, box.topology);
  std::string text(topology.lines);
  const std::size_t settings = box.settings % settings_parts.size();
  if (topology.ipv6 || settings < settings_parts.size() - settings_of_ipv6)
    text += settings_parts[settings];
  const std::string rules = rules_of(box, topology.ipv6);
  if (!rules.empty()) text += "\nnft {\n" + rules + "}\n";
  return text.append(block_text(at(block_parts(), box.block), topology.ipv6));
}

}  // namespace natstep::fuzz
