// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/filter_parts.h"

#include <array>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

// Whole chains of a table of their own, of either family.
constexpr std::array filters{
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
             "numgen inc mod 3 1 drop; fib daddr type local drop; }",
             {},
             Counts::yes},
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
    // Zones and what is left untracked, before and behind conntrack.
    RulePart{"chain raw { type filter hook prerouting priority raw; iifname \"lan\" ct zone set 1; "
             "ct zone set 5; udp dport 53 notrack; }",
             "chain raw { type filter hook prerouting priority raw; iifname \"lan\" ct zone set 1; "
             "ct zone set 5; udp dport 53 notrack; }"},
    RulePart{
        "chain raw { type filter hook prerouting priority raw; udp dport 53 notrack; iifname "
        "\"lan\" ct zone set 1; }\nchain late { type filter hook prerouting priority mangle; ct "
        "zone set 3; }",
        "chain raw { type filter hook prerouting priority raw; udp dport 53 notrack; iifname "
        "\"lan\" ct zone set 1; }"},
    RulePart{"chain early { type filter hook prerouting priority -450; iifname \"dmz\" ct zone set "
             "5; iifname \"lan\" notrack; }",
             "chain early { type filter hook prerouting priority -450; iifname \"dmz\" ct zone set "
             "5; iifname \"lan\" notrack; }"},
    RulePart{
        "chain early { type filter hook prerouting priority -450; ip saddr 10.0.1.3 ct zone set "
        "5; }",
        "chain early { type filter hook prerouting priority -450; ip6 saddr fd00:1::3 ct zone "
        "set 5; }"},
    // What is meant for another protocol, and what is said twice.
    RulePart{"ct timeout slow { protocol tcp; policy = { established : 7, syn_sent : 9 }; }\nchain "
             "pre { type filter hook prerouting priority 0; ct timeout set \"slow\"; }"},
    RulePart{"ct expectation once { protocol udp; dport 5001; timeout 1m; size 1; l3proto ip; }\n"
             "chain pre { type filter hook prerouting priority 0; tcp dport 80 ct expectation set "
             "\"once\"; }"},
    RulePart{
        "ct helper one { type \"ftp\" protocol tcp; }\nct helper two { type \"irc\" protocol "
        "tcp; }\nchain pre { type filter hook prerouting priority 0; ct helper set \"one\"; tcp "
        "dport 21 ct helper set \"two\"; }"},
    RulePart{"chain pre { type filter hook prerouting priority mangle; udp dport 53 udp dport set "
             "5353; udp dport 4001 udp sport set 4444; }",
             "chain pre { type filter hook prerouting priority mangle; udp dport 53 udp dport set "
             "5353; }"},
    RulePart{"chain forward { type filter hook forward priority filter; iifname \"lan\" meta "
             "l4proto { udp, gre, icmp } reject; tcp "
             "dport 80 reject with tcp reset; }",
             "chain forward { type filter hook forward priority filter; iifname \"lan\" meta "
             "l4proto { udp, gre, icmp } reject; tcp "
             "dport 80 reject with tcp reset; }"},
    // What counts packets.
    RulePart{
        "chain forward { type filter hook forward priority filter; limit rate 1/minute burst 2 "
        "packets accept; udp dport 53 drop; }",
        "chain forward { type filter hook forward priority filter; limit rate 1/minute burst 2 "
        "packets accept; udp dport 53 drop; }",
        Counts::yes},
    RulePart{"chain forward { type filter hook forward priority filter; quota until 150 bytes "
             "accept; drop; }",
             "chain forward { type filter hook forward priority filter; quota until 150 bytes "
             "accept; drop; }",
             Counts::yes},
    RulePart{
        "chain pre { type filter hook prerouting priority mangle; numgen inc mod 2 0 meta mark "
        "set 3; }\nchain forward { type filter hook forward priority filter; meta mark 3 drop; "
        "}",
        {},
        Counts::yes},
};

// Rules in iptables' words, and tables of both families.
constexpr std::array blocks{
    BlockPart{},
    BlockPart{"iptables",
              "iptables -t mangle -A POSTROUTING -p udp -j TTL --ttl-set 128\n"
              "iptables -t mangle -A POSTROUTING -p tcp -j TTL --ttl-dec 3\n"
              "iptables -t mangle -A POSTROUTING -p udp -j TOS --set-tos 0x10/0xfc\n"
              "iptables -t mangle -A POSTROUTING -p tcp -j DSCP --set-dscp 46\n",
              "ip6tables -t mangle -A POSTROUTING -p udp -j HL --hl-dec 3\n"
              "ip6tables -t mangle -A POSTROUTING -p tcp -j TOS --set-tos 0x10/0xfc\n"},
    BlockPart{"iptables",
              "iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss "
              "1400\n",
              "ip6tables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS "
              "--clamp-mss-to-pmtu\n"},
    BlockPart{"iptables",
              "iptables -t raw -A PREROUTING -i lan -j MARK --set-mark 11\n"
              "iptables -t raw -A PREROUTING -j CT --zone mark\n",
              "ip6tables -t raw -A PREROUTING -i lan -j MARK --set-mark 11\n"
              "ip6tables -t raw -A PREROUTING -j CT --zone mark\n"},
    BlockPart{"iptables",
              "iptables -t raw -A PREROUTING -p udp --dport 53 -j CT --notrack\n"
              "iptables -t raw -A PREROUTING -j CT --zone 5\n",
              "ip6tables -t raw -A PREROUTING -p udp --dport 53 -j CT --notrack\n"
              "ip6tables -t raw -A PREROUTING -j CT --zone-orig 5\n"},
    BlockPart{"iptables",
              "iptables -t raw -A PREROUTING -p tcp -j CT --helper ftp\n"
              "iptables -t raw -A PREROUTING -p udp -j CT --helper tftp\n",
              "ip6tables -t raw -A PREROUTING -p tcp -j CT --helper ftp\n"},
    BlockPart{
        "iptables",
        "iptables -t mangle -A FORWARD -m conntrack --ctstate NEW -j NFQUEUE --queue-num 1\n",
        "ip6tables -t mangle -A FORWARD -m conntrack --ctstate NEW -j NFQUEUE --queue-num 1\n"},
    BlockPart{"iptables", "iptables -t mangle -A FORWARD -j NFQUEUE --queue-num 1\n",
              "ip6tables -t mangle -A FORWARD -j NFQUEUE --queue-num 1\n"},
    BlockPart{"iptables",
              "iptables -t mangle -A PREROUTING -p udp -j NFQUEUE --queue-num 1\n"
              "iptables -t mangle -A PREROUTING -p tcp --dport 80 -j NFQUEUE --queue-num 2\n",
              "ip6tables -t mangle -A PREROUTING -p udp -j NFQUEUE --queue-num 1\n"},
    BlockPart{
        "iptables",
        "iptables -t mangle -A POSTROUTING -m conntrack --ctstate NEW -j NFQUEUE --queue-num "
        "1\n",
        "ip6tables -t mangle -A POSTROUTING -m conntrack --ctstate NEW -j NFQUEUE --queue-num "
        "1\n"},
    BlockPart{"iptables", "iptables -A INPUT -j NFQUEUE --queue-num 1\n",
              "ip6tables -A INPUT -j NFQUEUE --queue-num 1\n"},
    BlockPart{"iptables",
              "iptables -A FORWARD -p udp -m multiport --dports 53,5060:5062 -j DROP\n"
              "iptables -t nat -A PREROUTING -p udp -m addrtype --dst-type LOCAL -j DNAT "
              "--to-destination 10.0.2.8\n"
              "iptables -A FORWARD -p icmp --icmp-type echo-request -j DROP\n",
              "ip6tables -A FORWARD -p udp -m multiport --dports 53,5060 -j DROP\n"},
    BlockPart{"iptables",
              "iptables -t nat -A PREROUTING -p udp --dport 4990:5010 -j DNAT --to-destination "
              "10.0.2.8:6000-6010/5000\n"
              "iptables -t nat -A PREROUTING -p tcp --dport 5000:5010 -j DNAT --to-destination "
              "10.0.2.8:6000-6010/5000\n"},
    BlockPart{
        "nft",
        "table inet both { chain post { type nat hook postrouting priority srcnat; snat ip6 to "
        "2001:db8:203::7; snat ip to 203.0.113.7; } }\n"},
    BlockPart{"iptables",
              "iptables -t nat -A PREROUTING -d 192.0.2.0/24 -j NETMAP --to 10.0.1.0/24\n"
              "iptables -t nat -A INPUT -s 10.0.1.0/24 -j NETMAP --to 192.0.2.0/24\n"
              "iptables -t nat -A OUTPUT -d 192.0.2.0/24 -j NETMAP --to 198.51.100.0/24\n"},
    BlockPart{"iptables",
              "iptables -t nat -A POSTROUTING -o wan -j MASQUERADE\n"
              "iptables -t nat -A PREROUTING -i wan -j DNAT --to-destination 10.0.1.2\n",
              "ip6tables -t nat -A POSTROUTING -o wan -j MASQUERADE\n"
              "ip6tables -t nat -A PREROUTING -p udp -j REDIRECT --to-ports 99\n"},
    BlockPart{"iptables",
              "iptables -A FORWARD -p tcp --dport 80 -j REJECT --reject-with tcp-reset\n"
              "iptables -A FORWARD -p udp -j REJECT\n"
              "iptables -A FORWARD -p gre -j REJECT\n",
              "ip6tables -A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n"},
    BlockPart{"iptables",
              "iptables -A FORWARD -m limit --limit 1/min --limit-burst 2 -j ACCEPT\n"
              "iptables -A FORWARD -j DROP\n",
              {},
              Counts::yes},
    BlockPart{
        "iptables",
        "iptables -t nat -A PREROUTING -p udp -m statistic --mode nth --every 2 --packet 1 -j "
        "DNAT --to-destination 10.0.2.8\n",
        {},
        Counts::yes},
};

}  // namespace

std::span<const RulePart> filter_parts() {
  return filters;
}

std::span<const BlockPart> block_parts() {
  return blocks;
}

std::string block_text(const BlockPart& part, bool ipv6) {
  if (part.tool.empty()) return {};
  return fmt::format("\n{} {{\n{}{}}}\n", part.tool, part.text,
                     ipv6 ? part.ipv6 : std::string_view());
}

}  // namespace natstep::fuzz
