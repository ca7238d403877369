// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/packet_words.h"

#include "model/wire/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

wire::Bytes bytes(std::string_view text) {
  return wire::parse_packet(text).value().build({}).value();
}

std::string words(std::string_view sent, std::string_view left) {
  return frames_in_words({}, bytes(sent), {{.port = 0, .bytes = bytes(left)}}, "nothing leaves");
}

TEST(PacketWords, SayWhatWasRewrittenInEitherFamily) {
  EXPECT_THAT(
      words("udp 10.0.1.2:4000 > 198.51.100.9:53", "udp 203.0.113.1:4001 > 198.51.100.9:53"),
      ::testing::EndsWith(", source rewritten, source port rewritten"));
  EXPECT_THAT(words("udp [fd00:1::2]:4000 > [2001:db8:5::9]:53",
                    "udp [2001:db8:203::1]:4001 > [2001:db8:5::9]:53"),
              ::testing::EndsWith(", source rewritten, source port rewritten"));
  EXPECT_THAT(words("icmp6 fd00:1::2 > 2001:db8:5::9 echo-request id 1 seq 1",
                    "icmp6 fd00:1::2 > 2001:db8:5::9 echo-request id 2 seq 1"),
              ::testing::EndsWith(", identifier rewritten"));
}

TEST(PacketWords, TellAnAnswerFromThePacketItself) {
  EXPECT_THAT(words("udp [fd00:1::2]:4000 > [fd00:1::1]:53",
                    "icmp6 fd00:1::1 > fd00:1::2 port-unreachable"),
              ::testing::StartsWith("sends on "));
}

TEST(PacketWords, SayAnAbsentChecksumOverIpv6) {
  EXPECT_THAT(words("udp [fd00:1::2]:1 > [2001:db8:5::9]:2 checksum absent",
                    "udp [2001:db8:203::1]:1 > [2001:db8:5::9]:2 checksum absent"),
              ::testing::HasSubstr("UDP checksum left absent"));
}

TEST(PacketWords, CutALongPayload) {
  std::string digits;
  for (int i = 0; i < 600; ++i)
    digits += "a5";
  EXPECT_THAT(words("udp 10.0.1.2:4000 > 198.51.100.9:53 \"one\"",
                    "udp 198.51.100.9:53 > 10.0.1.2:4000 hex " + digits),
              ::testing::EndsWith(" hex " + digits.substr(0, 64) + " ... (600 bytes)"));
  const auto whole = words("udp 10.0.1.2:4000 > 198.51.100.9:53 \"one\"",
                           "udp 198.51.100.9:53 > 10.0.1.2:4000 hex " + digits.substr(0, 64));
  EXPECT_THAT(whole, ::testing::EndsWith(" hex " + digits.substr(0, 64)));
}

TEST(PacketWords, GiveScapyAnIpv6Packet) {
  EXPECT_THAT(as_scapy(bytes("ip6 fd00::1 > fd00::2")),
              ::testing::StartsWith("IPv6(bytes.fromhex('60"));
}

}  // namespace
}  // namespace natstep::harness
