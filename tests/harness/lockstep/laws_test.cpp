// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/laws.h"

#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/text.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::HasSubstr;

wire::Bytes bytes(std::string_view text) {
  auto packet = wire::parse_packet(text);
  if (!packet) throw std::runtime_error(packet.error().message);
  return packet.value().build({}).value();
}

/// A client 10.0.1.2 that asks 198.51.100.9 and is seen there as 203.0.113.1.
LawEntry masqueraded() {
  const auto original = model::tuple_of(bytes("udp 10.0.1.2:4000 > 198.51.100.9:53")).value();
  const auto reply = model::tuple_of(bytes("udp 198.51.100.9:53 > 203.0.113.1:4000")).value();
  return {.tuple = {original, reply}, .status = model::status::src_nat | model::status::confirmed};
}

class Laws : public ::testing::Test {
 protected:
  /// The first law that the frame breaks, or "".
  std::string broken(const wire::Bytes& sent, const wire::Bytes& frame, bool forwarded = true) {
    const LawCase law_case{
        .sent = sent, .injected = true, .forwarded = forwarded, .entries = entries_};
    for (const auto& law : laws()) {
      if (law.broken_by(law_case, frame)) return std::string(law.name);
    }
    return "";
  }

  std::vector<LawEntry> entries_{masqueraded()};
  const wire::Bytes question_ = bytes("udp 10.0.1.2:4000 > 198.51.100.9:53 \"one\"");
  const wire::Bytes translated_ = bytes("udp 203.0.113.1:4000 > 198.51.100.9:53 ttl 63 \"one\"");
  const wire::Bytes answer_ = bytes("udp 198.51.100.9:53 > 203.0.113.1:4000 \"two\"");
  const wire::Bytes delivered_ = bytes("udp 198.51.100.9:53 > 10.0.1.2:4000 ttl 63 \"two\"");
  const wire::Bytes error_ = bytes(
      "icmp 198.51.100.1 > 203.0.113.1 time-exceeded "
      "[ udp 203.0.113.1:4000 > 198.51.100.9:53 ttl 1 \"one\" ]");
  const wire::Bytes error_delivered_ = bytes(
      "icmp 198.51.100.1 > 10.0.1.2 time-exceeded ttl 63 "
      "[ udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 1 \"one\" ]");
};

TEST_F(Laws, ATranslationBreaksNone) {
  EXPECT_EQ(broken(question_, translated_), "");
  EXPECT_EQ(broken(answer_, delivered_), "");
  EXPECT_EQ(broken(error_, error_delivered_), "");
}

TEST_F(Laws, ABadHeaderChecksum) {
  auto frame = translated_;
  frame[wire::ipv4::checksum] ^= 1;
  EXPECT_EQ(broken(question_, frame), "the IPv4 header checksum is valid");
}

TEST_F(Laws, AChecksumThatGoesBad) {
  auto frame = translated_;
  frame[27] ^= 1;
  EXPECT_EQ(broken(question_, frame), "a checksum that came in valid leaves valid");
}

TEST_F(Laws, AnAbsentChecksumThatIsFilledIn) {
  const auto sent = bytes("udp 10.0.1.2:4000 > 198.51.100.9:53 checksum absent \"one\"");
  EXPECT_EQ(broken(sent, translated_), "a checksum that came in valid leaves valid");
}

TEST_F(Laws, ABadChecksumMayStayBad) {
  auto sent = question_, frame = translated_;
  sent[27] ^= 1;
  frame[27] ^= 1;
  EXPECT_EQ(broken(sent, frame), "");
}

TEST_F(Laws, TheBoxsOwnPacketMustBeValid) {
  auto own = error_;
  own[22] ^= 1;
  EXPECT_EQ(broken(question_, own, false), "a checksum that came in valid leaves valid");
}

TEST_F(Laws, AnErrorThatQuotesTheTranslatedPacket) {
  const auto frame = bytes(
      "icmp 198.51.100.1 > 10.0.1.2 time-exceeded ttl 63 "
      "[ udp 203.0.113.1:4000 > 198.51.100.9:53 ttl 1 \"one\" ]");
  EXPECT_EQ(broken(error_, frame), "an ICMP error quotes what was sent");
}

TEST_F(Laws, AnErrorWhoseQuotedHeaderIsNotSummedAnew) {
  auto frame = error_delivered_;
  constexpr std::size_t quoted = 28;
  const auto wrong =
      static_cast<std::uint16_t>(wire::load_be16(&frame[quoted + wire::ipv4::checksum]) ^ 0x0101);
  wire::store_be16(&frame[quoted + wire::ipv4::checksum], wrong);
  wire::store_be16(&frame[20 + wire::icmpv4::checksum], 0);
  wire::store_be16(&frame[20 + wire::icmpv4::checksum],
                   wire::internet_checksum(wire::ByteView(frame).subspan(20)));
  EXPECT_EQ(broken(error_, frame), "checksums of an embedded packet stay valid");
}

TEST_F(Laws, AnAddressThatLeaks) {
  EXPECT_EQ(broken(question_, bytes("udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 63 \"one\"")),
            "no address that NAT hides is seen outside");
}

TEST_F(Laws, ATranslationOfOnesOwnInvention) {
  EXPECT_EQ(broken(question_, bytes("udp 203.0.113.1:4001 > 198.51.100.9:53 ttl 63 \"one\"")),
            "a packet is translated as its entry says");
}

TEST_F(Laws, AReplyThatReachesSomeoneElse) {
  EXPECT_EQ(broken(answer_, bytes("udp 198.51.100.9:53 > 10.0.1.3:4000 ttl 63 \"two\"")),
            "a packet is translated as its entry says");
}

TEST_F(Laws, APayloadThatChanges) {
  EXPECT_EQ(broken(question_, bytes("udp 203.0.113.1:4000 > 198.51.100.9:53 ttl 63 \"ane\"")),
            "bytes that NAT does not own are untouched");
}

TEST_F(Laws, WhatNoEntrySpeaksFor) {
  entries_.clear();
  EXPECT_EQ(broken(question_, translated_), "what no entry speaks for is untouched");
}

TEST_F(Laws, ATtlThatStays) {
  EXPECT_EQ(broken(question_, bytes("udp 203.0.113.1:4000 > 198.51.100.9:53 \"one\"")),
            "forwarding takes one from the TTL");
}

TEST_F(Laws, TheReasonNamesBothValues) {
  const LawCase law_case{
      .sent = question_, .injected = true, .forwarded = true, .entries = entries_};
  const auto why =
      ttl_down_by_one(law_case, bytes("udp 203.0.113.1:4000 > 198.51.100.9:53 ttl 9 \"one\""));
  ASSERT_TRUE(why.has_value());
  EXPECT_THAT(*why, HasSubstr("from 64 to 9"));
}

TEST_F(Laws, RubbishIsNoneOfTheirBusiness) {
  EXPECT_EQ(broken({}, {}), "");
  EXPECT_EQ(broken(question_, {0x45, 0x00}), "");
  EXPECT_EQ(broken(wire::Bytes(28, 0x00), wire::Bytes(28, 0xff)), "");
}

}  // namespace
}  // namespace natstep::harness
