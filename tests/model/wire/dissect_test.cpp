// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/text.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

using testing::ElementsAre;

std::map<std::string, std::string> fields_of(std::string_view text) {
  std::map<std::string, std::string> fields;
  const Bytes bytes = parse_packet(text).value().build({}).value();
  for (const FieldText& field : dissect(bytes)) {
    EXPECT_TRUE(fields.emplace(field.name, field.value).second) << field.name << " comes twice";
    EXPECT_LE(field.offset + field.length, bytes.size()) << field.name;
  }
  return fields;
}

TEST(Dissect, NamesEveryFieldInWireOrder) {
  const auto packet = parse_packet("udp 10.0.1.2:4000 > 198.51.100.9:53 \"one\"").value();
  const Bytes bytes = packet.build({}).value();
  std::vector<std::string> names;
  for (const FieldText& field : dissect(bytes))
    names.push_back(field.name + ' ' + field.value);
  EXPECT_THAT(names,
              ElementsAre("ipv4.version 4", "ipv4.ihl 5", "ipv4.tos 0x00", "ipv4.total_length 31",
                          "ipv4.id 0", "ipv4.evil 0", "ipv4.df 0", "ipv4.fragment 0", "ipv4.ttl 64",
                          "ipv4.protocol 17", "ipv4.checksum 0x4590 valid", "ipv4.src 10.0.1.2",
                          "ipv4.dst 198.51.100.9", "udp.src_port 4000", "udp.dst_port 53",
                          "udp.length 11", "udp.checksum 0xe655 valid", "payload 6f6e65 \"one\""));
}

TEST(Dissect, JudgesChecksumsOfEveryKind) {
  EXPECT_EQ(fields_of("sctp 1.2.3.4:1 > 5.6.7.8:2 vtag 7 COOKIE_ACK").at("sctp.chunk"),
            "COOKIE_ACK");
  EXPECT_THAT(fields_of("sctp 1.2.3.4:1 > 5.6.7.8:2 COOKIE_ACK").at("sctp.checksum"),
              testing::EndsWith(" valid"));
  EXPECT_THAT(fields_of("sctp 1.2.3.4:1 > 5.6.7.8:2 checksum 1 COOKIE_ACK").at("sctp.checksum"),
              testing::StartsWith("0x00000001 invalid (valid: 0x"));
  EXPECT_THAT(fields_of("udplite 1.2.3.4:1 > 5.6.7.8:2 coverage 8 \"x\"").at("udplite.checksum"),
              testing::EndsWith(" valid"));
  EXPECT_THAT(fields_of("dccp 1.2.3.4:1 > 5.6.7.8:2 DATA coverage 1 \"x\"").at("dccp.checksum"),
              testing::EndsWith(" valid"));
  EXPECT_EQ(fields_of("dccp 1.2.3.4:1 > 5.6.7.8:2 ACK ack 7").at("dccp.type"), "ACK");
  EXPECT_EQ(fields_of("gre 1.2.3.4 > 5.6.7.8 call-id 9").at("gre.call_id"), "9");
}

TEST(Dissect, CoversEveryByteOfAWellFormedPacket) {
  for (const auto* text :
       {"udp 1.2.3.4:1 > 5.6.7.8:2 ip-options hex 01010100 \"x\" trailer 0000",
        "tcp 1.2.3.4:1 > 5.6.7.8:2 SYN mss 1460 \"x\"", "icmp 1.2.3.4 > 5.6.7.8 id 1 seq 2 \"x\"",
        "icmp 1.2.3.4 > 5.6.7.8 redirect gateway 9.9.9.9 [ udp 5.6.7.8:1 > 9.9.9.9:2 ] pad 4",
        "icmp 1.2.3.4 > 5.6.7.8 type 77 code 1 rest 0x01020304",
        "dccp 1.2.3.4:1 > 5.6.7.8:2 DATA x 0 seq24 7 \"x\"", "hex 00112233"}) {
    const Bytes bytes = parse_packet(text).value().build({}).value();
    std::vector<bool> covered(bytes.size());
    for (const FieldText& field : dissect(bytes)) {
      for (std::size_t i = 0; i < field.length; ++i)
        covered[field.offset + i] = true;
    }
    EXPECT_EQ(std::ranges::count(covered, false), 0) << text;
  }
}

TEST(Dissect, JudgesChecksums) {
  EXPECT_EQ(
      fields_of("udp 10.0.1.2:4000 > 198.51.100.9:53 checksum absent \"one\"")["udp.checksum"],
      "0x0000 absent");
  EXPECT_EQ(fields_of("udp 10.0.1.2:4000 > 198.51.100.9:53 checksum 1 \"one\"")["udp.checksum"],
            "0x0001 invalid (valid: 0xe655)");
  EXPECT_EQ(fields_of("udp 10.0.1.2:4000 > 198.51.100.9:53 ip-checksum 1 \"one\"")["ipv4.checksum"],
            "0x0001 invalid (valid: 0x4590)");
}

TEST(Dissect, NamesFlagsOptionsAndIcmpTypes) {
  const auto tcp = fields_of("tcp 1.2.3.4:1 > 5.6.7.8:2 SYN,ACK mss 1460 nop wscale 7");
  EXPECT_EQ(tcp.at("tcp.flags"), "SYN,ACK");
  EXPECT_EQ(tcp.at("tcp.options"), "mss 1460 nop wscale 7");
  const auto icmp = fields_of("icmp 1.2.3.4 > 5.6.7.8 frag-needed mtu 1400");
  EXPECT_EQ(icmp.at("icmp.type"), "3 frag-needed");
  EXPECT_EQ(icmp.at("icmp.mtu"), "1400");
}

TEST(Dissect, PrefixesQuotedPackets) {
  const auto fields = fields_of(
      "icmp 1.2.3.4 > 5.6.7.8 time-exceeded [ tcp 5.6.7.8:1 > 9.9.9.9:2 seq 7 ip-len 40 cut 28 ]");
  EXPECT_EQ(fields.at("icmp.embedded.ipv4.dst"), "9.9.9.9");
  EXPECT_EQ(fields.at("icmp.embedded.tcp.dst_port"), "2");
  EXPECT_EQ(fields.at("icmp.embedded.tcp.seq"), "7");
  EXPECT_FALSE(fields.contains("icmp.embedded.tcp.flags"));
}

TEST(Dissect, DoesNotJudgeWhatIsNotAllThere) {
  const auto fragment = fields_of("udp 1.2.3.4:1 > 5.6.7.8:2 frag 0+ checksum 0x1234 \"first\"");
  EXPECT_EQ(fragment.at("udp.checksum"), "0x1234");
  const auto cut = fields_of("udp 1.2.3.4:1 > 5.6.7.8:2 ip-len 100 len 80 checksum 0x1234");
  EXPECT_EQ(cut.at("udp.checksum"), "0x1234");
}

TEST(Dissect, ShowsWhatIsNotIpv4AsPayload) {
  EXPECT_EQ(fields_of("hex 6000")["payload"], "6000");
  EXPECT_TRUE(dissect({}).empty());
}

TEST(Dissect, NeverReadsOutsideOfABrokenPacket) {
  const Bytes bytes = parse_packet(
                          "icmp 1.2.3.4 > 5.6.7.8 time-exceeded [ tcp 5.6.7.8:1 > "
                          "9.9.9.9:2 SYN mss 1460 ip-options hex 01010101 ]")
                          .value()
                          .build({})
                          .value();
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      // A copy of exactly this size, so that a sanitizer sees a step beyond it.
      Bytes broken(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      broken[at] = 0xff;
      for (const FieldText& field : dissect(broken)) {
        ASSERT_LE(field.offset + field.length, size) << field.name;
      }
    }
  }
}

}  // namespace
}  // namespace natstep::wire
