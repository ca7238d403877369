// SPDX-License-Identifier: GPL-2.0-or-later
// A pin compares what it mentions, binds what it names, and says in words what differs.
#include "model/wire/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Bytes bytes_of(std::string_view text) {
  return parse_packet(text).value().build({}).value();
}

std::vector<std::string> compare(std::string_view script, std::string_view packet,
                                 Variables variables = {}) {
  return parse_packet(script).value().mismatches(bytes_of(packet), variables);
}

TEST(Match, IgnoresWhatTheTextDoesNotMention) {
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2",
                      "udp 1.2.3.4:1 > 5.6.7.8:2 ttl 3 tos 4 df checksum bad \"data\""),
              IsEmpty());
}

TEST(Match, ComparesEveryFieldThatIsMentioned) {
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:53 ttl 64 tos 0x10 df frag 8+ \"one\"",
                      "udp 1.2.3.9:7 > 5.6.7.9:54 ttl 63 \"two\""),
              ElementsAre("ipv4.src: the script says 1.2.3.4, the packet has 1.2.3.9",
                          "ipv4.dst: the script says 5.6.7.8, the packet has 5.6.7.9",
                          "udp.src_port: the script says 1, the packet has 7",
                          "udp.dst_port: the script says 53, the packet has 54",
                          "ipv4.ttl: the script says 64, the packet has 63",
                          "ipv4.tos: the script says 0x10, the packet has 0x00",
                          "ipv4.df: the script says 1, the packet has 0",
                          "ipv4.fragment: the script says 8+, the packet has 0",
                          "payload: the script says \"one\", the packet has \"two\""));
}

TEST(Match, ComparesProtocolsBeforePorts) {
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2", "tcp 1.2.3.4:1 > 5.6.7.8:9"),
              ElementsAre("ipv4.protocol: the script says udp, the packet has tcp"));
  EXPECT_THAT(compare("ip 1.2.3.4 > 5.6.7.8 proto 47", "tcp 1.2.3.4:1 > 5.6.7.8:9"),
              ElementsAre("ipv4.protocol: the script says 47, the packet has 6"));
}

TEST(Match, ComparesChunksOneByOne) {
  EXPECT_THAT(compare("sctp 1.2.3.4:1 > 5.6.7.8:2 COOKIE_ACK SACK tsn 1",
                      "sctp 1.2.3.4:1 > 5.6.7.8:2 vtag 7 COOKIE_ACK SACK tsn 2 ABORT"),
              ElementsAre("sctp.chunk 2: the script says SACK tsn 1, the packet has SACK tsn 2",
                          "sctp.chunk 3: the script says no more, the packet has ABORT"));
}

TEST(Match, ComparesTcpByNameAndOption) {
  EXPECT_THAT(compare("tcp 1.2.3.4:1 > 5.6.7.8:2 SYN mss 1460 nop wscale 7",
                      "tcp 1.2.3.4:1 > 5.6.7.8:2 SYN,ACK sackok mss 1400 nop"),
              ElementsAre("tcp.flags: the script says SYN, the packet has SYN,ACK",
                          "tcp.options: the script says mss 1460, the packet has mss 1400",
                          "tcp.options: the script says wscale 7, the packet has no such option"));
}

TEST(Match, JudgesChecksumsByTheirWords) {
  const auto* valid = "udp 1.2.3.4:1 > 5.6.7.8:2 \"x\"";
  const auto* bad = "udp 1.2.3.4:1 > 5.6.7.8:2 checksum 0x1234 \"x\"";
  const auto* absent = "udp 1.2.3.4:1 > 5.6.7.8:2 checksum absent \"x\"";
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2 checksum valid ip-checksum valid", valid),
              IsEmpty());
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2 checksum bad", bad), IsEmpty());
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2 checksum absent", absent), IsEmpty());
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2 checksum valid", bad),
              ElementsAre("udp.checksum: the script says valid, the packet has 0x1234 invalid"));
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2 checksum valid", absent),
              ElementsAre("udp.checksum: the script says valid, the packet has 0x0000 absent"));
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2 checksum bad", absent),
              ElementsAre("udp.checksum: the script says bad, the packet has 0x0000 absent"));
  EXPECT_EQ(compare("udp 1.2.3.4:1 > 5.6.7.8:2 checksum bad", valid).size(), 1u);
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2 checksum absent", bad),
              ElementsAre("udp.checksum: the script says 0x0000, the packet has 0x1234"));
}

TEST(Match, JudgesTheChecksumsOfTcpAndIcmp) {
  EXPECT_THAT(
      compare("tcp 1.2.3.4:1 > 5.6.7.8:2 checksum valid", "tcp 1.2.3.4:1 > 5.6.7.8:2 \"x\""),
      IsEmpty());
  EXPECT_THAT(compare("icmp 1.2.3.4 > 5.6.7.8 checksum valid", "icmp 1.2.3.4 > 5.6.7.8 id 3"),
              IsEmpty());
  EXPECT_EQ(compare("icmp 1.2.3.4 > 5.6.7.8 checksum valid", "icmp 1.2.3.4 > 5.6.7.8 checksum bad")
                .size(),
            1u);
}

TEST(Match, BindsAVariableOnceAndComparesItFromThenOn) {
  Variables variables;
  const auto packet = parse_packet("udp 1.2.3.4:$p > 5.6.7.8:$p").value();
  EXPECT_THAT(packet.mismatches(bytes_of("udp 1.2.3.4:77 > 5.6.7.8:77"), variables), IsEmpty());
  EXPECT_EQ(variables.at("p"), 77u);
  EXPECT_THAT(packet.mismatches(bytes_of("udp 1.2.3.4:78 > 5.6.7.8:77"), variables),
              ElementsAre("udp.src_port: the script says $p (77), the packet has 78"));
}

TEST(Match, ComparesQuotedPackets) {
  EXPECT_THAT(
      compare("icmp 1.2.3.4 > 5.6.7.8 port-unreachable [ udp 5.6.7.8:1 > 9.9.9.9:2 cut 28 ]",
              "icmp 1.2.3.4 > 5.6.7.8 port-unreachable [ udp 5.6.7.8:4 > 9.9.9.9:2 \"more\" ]"),
      ElementsAre("icmp.embedded.udp.src_port: the script says 1, the packet has 4",
                  "icmp.embedded.length: the script says 28, the packet has 32"));
}

TEST(Match, IgnoresFieldsThatTheTextItselfCutsOff) {
  const auto* text =
      "icmp 1.2.3.4 > 5.6.7.8 time-exceeded [ tcp 5.6.7.8:1 > 9.9.9.9:2 SYN seq 7 cut 28 ]";
  EXPECT_THAT(compare(text, text), IsEmpty());
}

TEST(Match, ComparesPaddingBehindAQuotedPacket) {
  const auto* text =
      "icmp 1.2.3.4 > 5.6.7.8 time-exceeded [ udp 5.6.7.8:1 > 9.9.9.9:2 ] pad 4 hex 20";
  EXPECT_THAT(compare(text, text), IsEmpty());
  EXPECT_THAT(
      compare(text,
              "icmp 1.2.3.4 > 5.6.7.8 time-exceeded [ udp 5.6.7.8:1 > 9.9.9.9:2 ] pad 4 hex 21"),
      ElementsAre("icmp.padding: the script says hex 0000000020, the packet has hex 0000000021"));
}

TEST(Match, ComparesWhatARedirectHasBeforeTheQuotedPacket) {
  const auto* text =
      "icmp6 fe80::1 > fd00::2 redirect before 0102 [ udp [fd00::2]:1 > [fd00::9]:2 ]";
  EXPECT_THAT(compare(text, text), IsEmpty());
  EXPECT_THAT(
      compare(text,
              "icmp6 fe80::1 > fd00::2 redirect before 0103 [ udp [fd00::2]:1 > [fd00::9]:2 ]"),
      ElementsAre("icmpv6.before: the script says hex 0102, the packet has hex 0103"));
}

TEST(Match, SaysWhatAShortPacketLacks) {
  EXPECT_THAT(
      compare("tcp 1.2.3.4:1 > 5.6.7.8:2 win 5", "ip 1.2.3.4 > 5.6.7.8 proto 6 hex 00010002"),
      ElementsAre("tcp.window: the packet is too short to have it"));
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2", "hex 4500"),
              ElementsAre("ipv4: only 2 of the header's 20 bytes are there"));
  EXPECT_THAT(compare("icmp 1.2.3.4 > 5.6.7.8 time-exceeded [ udp 5.6.7.8:1 > 9.9.9.9:2 ]",
                      "icmp 1.2.3.4 > 5.6.7.8 time-exceeded \"x\""),
              ElementsAre("icmp.embedded.ipv4: only 1 of the header's 20 bytes are there"));
}

TEST(Match, ComparesWholeFrames) {
  EXPECT_THAT(compare("hex 010203", "hex 010203"), IsEmpty());
  EXPECT_THAT(compare("hex 010203", "hex 01ff03"),
              ElementsAre("frame byte 1: the script says 02, the packet has ff"));
  EXPECT_THAT(compare("hex 010203", "hex 0102"),
              ElementsAre("frame: the script says 3 bytes, the packet has 2"));
}

TEST(Match, ShortensLongPayloads) {
  const auto lines =
      compare("udp 1.2.3.4:1 > 5.6.7.8:2 \"a\"",
              "udp 1.2.3.4:1 > 5.6.7.8:2 "
              "hex ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  EXPECT_THAT(lines, ElementsAre("payload: the script says \"a\", the packet has hex "
                                 "ffffffffffffffffffffffffffffffffffffffffffff... (32 bytes)"));
}

TEST(Match, ComparesAnEmptyPayloadWhenItIsMentioned) {
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2 \"\"", "udp 1.2.3.4:1 > 5.6.7.8:2 \"a\""),
              ElementsAre("payload: the script says nothing, the packet has \"a\""));
}

TEST(Match, DoesNotTakeATrailerForPayload) {
  EXPECT_THAT(
      compare("udp 1.2.3.4:1 > 5.6.7.8:2 \"a\"", "udp 1.2.3.4:1 > 5.6.7.8:2 \"a\" trailer 0000"),
      IsEmpty());
  EXPECT_THAT(compare("udp 1.2.3.4:1 > 5.6.7.8:2 trailer 00", "udp 1.2.3.4:1 > 5.6.7.8:2 \"a\""),
              ElementsAre("trailer: the script says hex 00, the packet has nothing"));
}

}  // namespace
}  // namespace natstep::wire
