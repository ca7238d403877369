// SPDX-License-Identifier: GPL-2.0-or-later
// What is printed parses back to the same bytes, for every byte string there is.
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/text.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

Bytes bytes_of(std::string_view text) {
  const auto packet = parse_packet(text);
  if (!packet) {
    ADD_FAILURE() << text << "\n"
                  << std::string(packet.error().offset, ' ') << "^ " << packet.error().message;
    return {};
  }
  const auto bytes = packet.value().build({});
  EXPECT_TRUE(bytes) << text;
  return bytes ? bytes.value() : Bytes{};
}

void expect_round_trip(const Bytes& bytes) {
  const std::string text = print_packet(bytes);
  EXPECT_EQ(bytes_of(text), bytes) << text;
  const auto packet = parse_packet(text);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet.value().print(), text);
}

/// Texts in the form in which the printer writes them.
class CanonicalText : public testing::TestWithParam<std::string_view> {};

TEST_P(CanonicalText, ComesBackFromItsBytes) {
  EXPECT_EQ(print_packet(bytes_of(GetParam())), GetParam());
}

TEST_P(CanonicalText, ComesBackFromItsValue) {
  const auto packet = parse_packet(GetParam());
  ASSERT_TRUE(packet) << packet.error().message;
  EXPECT_EQ(packet.value().print(), GetParam());
}

TEST_P(CanonicalText, MatchesItsOwnBytes) {
  Variables variables;
  const auto packet = parse_packet(GetParam());
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet.value().mismatches(bytes_of(GetParam()), variables), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(
    Udp, CanonicalText,
    testing::Values("udp 10.0.1.2:4000 > 198.51.100.9:53",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 63 \"one\"",
                    "udp 0.0.0.0:0 > 255.255.255.255:65535 tos 0x10 ip-id 7 df evil frag 0+ \"x\"",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 len 7 checksum absent \"abc\"",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 ip-checksum bad checksum bad hex 00ff",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 ip-checksum 0x0000 checksum 0xffff",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 \"a\\\"b\\\\c\\n\\r\\t\"",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 payload 300",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 ip-options hex 94040000 \"alert\"",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 \"pay\" trailer hex 0000",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 hex 00ff zeros 100",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 ip-len 1500 \"pay\"",
                    "udp 10.0.1.2:4000 > 198.51.100.9:53 ip-version 5"));

INSTANTIATE_TEST_SUITE_P(
    Udplite, CanonicalText,
    testing::Values("udplite 10.0.1.2:4000 > 198.51.100.9:53 \"one\"",
                    "udplite 10.0.1.2:4000 > 198.51.100.9:53 coverage 8 \"one\"",
                    "udplite 1.2.3.4:1 > 5.6.7.8:2 coverage 12 ttl 1 checksum bad \"four\"",
                    "udplite 1.2.3.4:1 > 5.6.7.8:2 coverage 7 checksum 0x0000"));

INSTANTIATE_TEST_SUITE_P(
    Sctp, CanonicalText,
    testing::Values(
        "sctp 10.0.1.2:4000 > 198.51.100.9:38412",
        "sctp 1.2.3.4:1 > 5.6.7.8:2 INIT tag 0x00001111 tsn 7",
        "sctp 1.2.3.4:1 > 5.6.7.8:2 vtag 0x00001111 INIT_ACK tag 0x00002222 rwnd 1 os 2 mis 3 "
        "\"cookie\"",
        "sctp 1.2.3.4:1 > 5.6.7.8:2 vtag 0x00000007 COOKIE_ECHO hex 00ff DATA tsn 1 sid 2 ssn 3 "
        "ppid 4 \"odd\"",
        "sctp 1.2.3.4:1 > 5.6.7.8:2 vtag 0x00000007 SACK tsn 9 SHUTDOWN tsn 9 SHUTDOWN_ACK",
        "sctp 1.2.3.4:1 > 5.6.7.8:2 vtag 0x00000007 ABORT T",
        "sctp 1.2.3.4:1 > 5.6.7.8:2 vtag 0x00000007 SHUTDOWN_COMPLETE flags 2",
        "sctp 1.2.3.4:1 > 5.6.7.8:2 HEARTBEAT payload 40 HEARTBEAT_ACK ERROR COOKIE_ACK ECNE CWR",
        "sctp 1.2.3.4:1 > 5.6.7.8:2 ttl 3 checksum bad CHUNK type 192 \"x\"",
        "sctp 1.2.3.4:1 > 5.6.7.8:2 checksum 0x00000000 DATA flags 0 raw 00030001",
        "sctp 1.2.3.4:1 > 5.6.7.8:2 raw 000300"));

INSTANTIATE_TEST_SUITE_P(
    Dccp, CanonicalText,
    testing::Values(
        "dccp 10.0.1.2:4000 > 198.51.100.9:5004 REQUEST seq 1000 \"RTPV\"",
        "dccp 1.2.3.4:1 > 5.6.7.8:2 RESPONSE seq-high 1 seq 7000 ack-high 65535 ack 1000 \"RTPV\"",
        "dccp 1.2.3.4:1 > 5.6.7.8:2 DATA seq 9 ccval 3 coverage 2 \"voice\"",
        "dccp 1.2.3.4:1 > 5.6.7.8:2 ACK ack 7000",
        "dccp 1.2.3.4:1 > 5.6.7.8:2 DATAACK seq24 16777215 x 0 hex 00000007",
        "dccp 1.2.3.4:1 > 5.6.7.8:2 RESET seq 1 ack 2 checksum bad hex 01000000",
        "dccp 1.2.3.4:1 > 5.6.7.8:2 CLOSE ack 1 doff 60 reserved 7 ttl 3 checksum 0x0000",
        "dccp 1.2.3.4:1 > 5.6.7.8:2 type 15 seq 1 coverage 15",
        "dccp [fd00:1::2]:4000 > [2001:db8::9]:5004 SYNCACK seq 1 ack 2",
        "ip 1.2.3.4 > 5.6.7.8 proto 33 hex 0001000204000000"));

INSTANTIATE_TEST_SUITE_P(
    Gre, CanonicalText,
    testing::Values("gre 10.0.1.2 > 198.51.100.9", "gre 10.0.1.2 > 198.51.100.9 \"inside\"",
                    "gre 1.2.3.4 > 5.6.7.8 flags 0x2000 proto 0x6558 hex 00000007",
                    "gre 1.2.3.4 > 5.6.7.8 call-id 77 \"ppp\"",
                    "gre 1.2.3.4 > 5.6.7.8 flags 0x3001 len 9 call-id 0",
                    "gre 1.2.3.4 > 5.6.7.8 flags 0x0002 ttl 7",
                    "ip 1.2.3.4 > 5.6.7.8 proto 47 hex 2001880b"));

INSTANTIATE_TEST_SUITE_P(
    Tcp, CanonicalText,
    testing::Values(
        "tcp 10.0.1.2:4000 > 198.51.100.9:80",
        "tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN seq 1000 win 512 mss 1460",
        "tcp 1.2.3.4:1 > 5.6.7.8:2 SYN,ACK seq 1 ack 2 mss 1460 sackok timestamp 1 4294967295 nop "
        "wscale 7",
        "tcp 1.2.3.4:1 > 5.6.7.8:2 ACK ack 2 nop nop sack 1000-2000 3000-4000",
        "tcp 1.2.3.4:1 > 5.6.7.8:2 FIN,SYN,RST,PSH,ACK,URG,ECE,CWR urg 5 reserved 15",
        "tcp 1.2.3.4:1 > 5.6.7.8:2 ACK options hex fd04abcd nop eol nop",
        "tcp 1.2.3.4:1 > 5.6.7.8:2 ACK options hex 05090000",
        "tcp 1.2.3.4:1 > 5.6.7.8:2 ACK wscale 0", "tcp 1.2.3.4:1 > 5.6.7.8:2 ACK eol",
        "tcp 1.2.3.4:1 > 5.6.7.8:2 ACK doff 15 \"short\"",
        "tcp 1.2.3.4:1 > 5.6.7.8:2 ACK doff 4 checksum 0x0000 \"short\"",
        "tcp 1.2.3.4:1 > 5.6.7.8:2 PSH,ACK ttl 63 \"GET / HTTP/1.0\\r\\n\\r\\n\""));

INSTANTIATE_TEST_SUITE_P(
    Icmp, CanonicalText,
    testing::Values(
        "icmp 10.0.1.2 > 198.51.100.9 echo-request id 7 seq 1 \"ping\"",
        "icmp 10.0.1.2 > 198.51.100.9 echo-reply id 0 seq 0",
        "icmp 10.0.1.2 > 198.51.100.9 timestamp-request id 7 seq 0 hex 000000010000000000000000",
        "icmp 10.0.1.2 > 198.51.100.9 type 42 code 3 rest 0x12345678 checksum bad",
        "icmp 10.0.1.2 > 198.51.100.9 type 8 code 1 id 7 seq 1",
        "icmp 10.0.1.2 > 198.51.100.9 port-unreachable rest 0x00000001 \"odd\"",
        "icmp 1.2.3.4 > 5.6.7.8 time-exceeded [ udp 5.6.7.8:4000 > 9.9.9.9:53 ]",
        "icmp 1.2.3.4 > 5.6.7.8 frag-needed mtu 1400 [ tcp 5.6.7.8:1 > 9.9.9.9:2 seq 77 df ip-len "
        "1500 cut 28 ]",
        "icmp 1.2.3.4 > 5.6.7.8 frag-needed mtu 1400 [ tcp 5.6.7.8:1 > 9.9.9.9:2 seq 77 ack 9 cut "
        "32 ]",
        "icmp 1.2.3.4 > 5.6.7.8 port-unreachable length 32 [ udp 5.6.7.8:1 > 9.9.9.9:2 \"hello\" ] "
        "pad 95 hex 2000abcd",
        "icmp 1.2.3.4 > 5.6.7.8 redirect gateway 10.0.0.1 [ icmp 5.6.7.8 > 9.9.9.9 echo-request id "
        "4 seq 5 ]",
        "icmp 1.2.3.4 > 5.6.7.8 parameter-problem pointer 20 [ ip 5.6.7.8 > 9.9.9.9 proto 47 ]",
        "icmp 1.2.3.4 > 5.6.7.8 source-quench ttl 3 [ icmp 5.6.7.8 > 9.9.9.9 time-exceeded [ udp "
        "9.9.9.9:2 > 5.6.7.8:1 checksum bad ] ]",
        "icmp 1.2.3.4 > 5.6.7.8 host-unreachable [ udp 5.6.7.8:1 > 9.9.9.9:2 ip-len 33 len 13 "
        "checksum 0x1234 ]",
        "icmp 1.2.3.4 > 5.6.7.8 host-unreachable \"not a packet\""));

INSTANTIATE_TEST_SUITE_P(Other, CanonicalText,
                         testing::Values("ip 1.2.3.4 > 5.6.7.8 proto 50 hex 00006558",
                                         "ip 1.2.3.4 > 5.6.7.8 proto 17 frag 1480 \"rest\"",
                                         "ip 1.2.3.4 > 5.6.7.8 proto 17 frag 65528+ \"rest\"",
                                         "ip 1.2.3.4 > 5.6.7.8 proto 6 \"short\"",
                                         "ip 1.2.3.4 > 5.6.7.8 proto 0", "hex -", "hex 00",
                                         "hex 4500001c", "hex 6000000000083aff"));

INSTANTIATE_TEST_SUITE_P(
    Ipv6, CanonicalText,
    testing::Values(
        "udp [fd00::2]:4000 > [2001:db8::9]:53 \"one\"",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 hlim 63 tclass 0xb8 flow 0x12345 \"one\"",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 len 7 checksum absent \"abc\"",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 ip-len 1500 checksum bad \"pay\"",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 hopopts hex 050200000000 \"alert\"",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 routing hex 020000000000 dstopts hex "
        "010400000000010c000000000000 ah hex 00000000000100000002 \"x\"",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 frag 0 \"atomic\"",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 hopopts hex 010400000000 frag 0+ ip-id 7 \"first\"",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 frag hex 000600000007 \"reserved\"",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 frag 0 ip-id 1 frag hex 000000000002",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 frag hex 000000000002 hlen 9",
        "udp [fd00::2]:4000 > [2001:db8::9]:53 \"pay\" trailer hex 0000",
        "tcp [fd00::2]:4000 > [2001:db8::9]:80 SYN seq 1000 win 512 mss 1440",
        "icmp6 fd00::2 > 2001:db8::9 echo-request id 7 seq 1 \"ping\"",
        "icmp6 fd00::2 > 2001:db8::9 neighbour-solicitation hex "
        "20010db8000000000000000000000009",
        "icmp6 fd00::2 > 2001:db8::9 packet-too-big mtu 1280 [ tcp [2001:db8::9]:1 > [fd00::2]:2 "
        "seq 77 ip-len 1460 cut 48 ]",
        "icmp6 fd00::2 > 2001:db8::9 time-exceeded [ udp [2001:db8::9]:1 > [fd00::2]:2 dstopts hex "
        "010400000000 \"q\" ] pad 3",
        "icmp6 fe80::9 > fd00::2 redirect hlim 255 before hex "
        "000000000000000000000000000000000000000000000000000000000000000004070000000000"
        "00 [ udp [fd00::2]:1 > [2001:db8::9]:2 \"q\" ] pad 7",
        "icmp6 fd00::2 > 2001:db8::9 parameter-problem pointer 40 [ ip6 2001:db8::9 > fd00::2 "
        "proto 47 ]",
        "icmp6 fd00::2 > 2001:db8::9 type 100 code 3 rest 0x12345678 checksum bad",
        "ip6 fd00::2 > 2001:db8::9 proto 59", "ip6 fd00::2 > 2001:db8::9 \"experiment\"",
        "ip6 fd00::2 > 2001:db8::9 proto 1 hex 0800", "ip6 fd00::2 > 2001:db8::9 proto 60 hex 1101",
        "ip6 fd00::2 > 2001:db8::9 proto 17 frag 1448 ip-id 7 \"rest\"",
        "ip6 fd00::2 > 2001:db8::9 proto 17 frag 65528+ ip-id 4294967295 \"rest\""));

TEST(Text, DefaultsMakeAValidPacket) {
  const Bytes bytes = bytes_of("udp 10.0.1.2:4000 > 198.51.100.9:53 \"one\"");
  const Bytes expected = {0x45, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00, 0x00, 0x40, 0x11, 0x45,
                          0x90, 0x0a, 0x00, 0x01, 0x02, 0xc6, 0x33, 0x64, 0x09, 0x0f, 0xa0,
                          0x00, 0x35, 0x00, 0x0b, 0xe6, 0x55, 'o',  'n',  'e'};
  EXPECT_EQ(bytes, expected);
}

/// Different ways to say the same.
class SameBytes : public testing::TestWithParam<std::pair<std::string_view, std::string_view>> {};

TEST_P(SameBytes, AreBuilt) {
  EXPECT_EQ(bytes_of(GetParam().first), bytes_of(GetParam().second));
}

INSTANTIATE_TEST_SUITE_P(
    Text, SameBytes,
    testing::Values(
        std::pair{"udp 1.2.3.4:1>5.6.7.8:2 \"x\" ttl 0x3f",
                  "udp 1.2.3.4:1 > 5.6.7.8:2 ttl 63 hex 78"},
        std::pair{"udp 1.2.3.4:1 > 5.6.7.8:2 mf", "udp 1.2.3.4:1 > 5.6.7.8:2 frag 0+"},
        std::pair{"udp 1.2.3.4:1 > 5.6.7.8:2 checksum valid", "udp 1.2.3.4:1 > 5.6.7.8:2"},
        std::pair{"udp 1.2.3.4:1 > 5.6.7.8:2 payload 4", "udp 1.2.3.4:1 > 5.6.7.8:2 hex 00010203"},
        std::pair{"udp 1.2.3.4:1 > 5.6.7.8:2 \"\\x41\\0\"", "udp 1.2.3.4:1 > 5.6.7.8:2 hex 4100"},
        std::pair{"tcp 1.2.3.4:1 > 5.6.7.8:2 ACK,SYN", "tcp 1.2.3.4:1 > 5.6.7.8:2 flags 0x12"},
        std::pair{"tcp 1.2.3.4:1 > 5.6.7.8:2 flags none", "tcp 1.2.3.4:1 > 5.6.7.8:2"},
        std::pair{"icmp 1.2.3.4 > 5.6.7.8", "icmp 1.2.3.4 > 5.6.7.8 type 8 code 0 id 0 seq 0"},
        std::pair{"udp [fd00::2]:1>[fd00::1]:2 mf",
                  "udp [fd00::2]:1 > [fd00::1]:2 frag 0+ ip-id 0"},
        std::pair{"udp [fd00::2]:1 > [fd00::1]:2 next 60 dstopts 00 next 17 hlen 0",
                  "udp [fd00::2]:1 > [fd00::1]:2 dstopts hex 000000000000"},
        std::pair{"icmp6 fd00::2 > fd00::1", "icmp6 fd00::2 > fd00::1 type 128 code 0 id 0 seq 0"},
        std::pair{"hex 45 00 00", "hex 450000"}, std::pair{"hex 45 # a comment", "hex 45"},
        std::pair{"udp 1.2.3.4:1 > 5.6.7.8:2 trailer 0000",
                  "udp 1.2.3.4:1 > 5.6.7.8:2 trailer hex 0000"},
        std::pair{
            "icmp 1.2.3.4 > 5.6.7.8 time-exceeded [ udp 5.6.7.8:1 > 9.9.9.9:2 \"abc\" ip-len "
            "31 len 11 checksum 0x2bf6 cut 28 ]",
            "icmp 1.2.3.4 > 5.6.7.8 time-exceeded [ udp 5.6.7.8:1 > 9.9.9.9:2 \"abc\" checksum "
            "0x2bf6 cut 28 ]"}));

TEST(Text, StopsBeforeTheConditions) {
  const std::string_view text = "udp 1.2.3.4:$p > 5.6.7.8:2 \"where\"  where $p in 1-2";
  std::size_t consumed = 0;
  const auto packet = parse_packet(text, consumed);
  ASSERT_TRUE(packet);
  EXPECT_EQ(text.substr(consumed), "where $p in 1-2");
}

TEST(Text, FillsInVariables) {
  const auto packet = parse_packet("icmp 1.2.3.4 > 5.6.7.8 id $i [ udp 1.1.1.1:$p > 2.2.2.2:$p ]");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet.value().variables(), (std::vector<std::string>{"i", "p"}));
  const auto bytes = packet.value().build({{"i", 7}, {"p", 4000}});
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes.value(),
            bytes_of("icmp 1.2.3.4 > 5.6.7.8 id 7 [ udp 1.1.1.1:4000 > 2.2.2.2:4000 ]"));
}

TEST(Text, RoundTripsEveryPrefixOfAPacket) {
  const Bytes bytes = bytes_of(
      "icmp 1.2.3.4 > 5.6.7.8 frag-needed mtu 1400 [ tcp 5.6.7.8:1 > 9.9.9.9:2 SYN mss 1460 ] pad "
      "8");
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    expect_round_trip(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

TEST(Text, RoundTripsAQuotedPacketCutAnywhere) {
  const Bytes inner = bytes_of("tcp 5.6.7.8:1 > 9.9.9.9:2 SYN seq 9 mss 1460 sackok \"data\"");
  for (std::size_t size = 0; size <= inner.size(); ++size) {
    const Bytes icmp = build(Icmpv4Header{.type = 11}, ByteView(inner).first(size));
    expect_round_trip(build(Ipv4Header{.src = 1, .dst = 2, .protocol = 1}, icmp));
  }
}

TEST(Text, RoundTripsMutatedPackets) {
  std::uint64_t state = 42;
  const auto random = [&](std::uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>(state >> 33) % below;
  };
  const std::vector<Bytes> seeds = {
      bytes_of("udp 10.0.1.2:4000 > 198.51.100.9:53 \"one\""),
      bytes_of("tcp 1.2.3.4:1 > 5.6.7.8:2 SYN seq 9 mss 1460 sackok timestamp 1 0 nop wscale 7"),
      bytes_of("icmp 1.2.3.4 > 5.6.7.8 echo-request id 7 seq 1 ip-options hex 01010100 \"ping\""),
      bytes_of("icmp 1.2.3.4 > 5.6.7.8 port-unreachable [ udp 5.6.7.8:1 > 9.9.9.9:2 \"x\" ] pad 9"),
      bytes_of("icmp 1.2.3.4 > 5.6.7.8 redirect [ tcp 5.6.7.8:1 > 9.9.9.9:2 cut 28 ]"),
      bytes_of("udp [fd00::2]:4000 > [2001:db8::9]:53 hopopts 0104 frag 0+ ip-id 7 \"one\""),
      bytes_of("tcp [fd00::2]:1 > [2001:db8::9]:2 dstopts 0104 routing 00 ah 00000000000100 SYN"),
      bytes_of("icmp6 fd00::2 > fd00::1 packet-too-big [ udp [fd00::1]:1 > [fd00::9]:2 frag 0 ]")};
  for (int i = 0; i < 8000; ++i) {
    Bytes bytes = seeds[static_cast<std::size_t>(i) % seeds.size()];
    for (std::uint32_t n = random(4); n > 0; --n) {
      bytes[random(static_cast<std::uint32_t>(bytes.size()))] =
          static_cast<std::uint8_t>(random(256));
    }
    if (random(4) == 0) bytes.resize(random(80));
    expect_round_trip(bytes);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Text, NestsAsDeepAsItPrints) {
  Bytes bytes = bytes_of("udp 1.2.3.4:1 > 5.6.7.8:2");
  for (int depth = 0; depth < 40; ++depth) {
    bytes = build(Ipv4Header{.protocol = 1}, build(Icmpv4Header{.type = 11}, bytes));
    expect_round_trip(bytes);
  }
}

TEST(Text, PrintsTheLargestPacketsInReasonableTime) {
  const auto begin = std::chrono::steady_clock::now();
  expect_round_trip(Bytes(65535, 0x45));
  expect_round_trip(Bytes(65535, 0x00));
  Bytes nested = Bytes(64000, 0x01);
  for (int depth = 0; depth < 50; ++depth) {
    nested = build(Ipv4Header{.protocol = 1}, build(Icmpv4Header{.type = 11}, nested));
  }
  expect_round_trip(nested);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace natstep::wire
