// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/laws.h"

#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/text.h"

#include <functional>

#include <fmt/format.h>
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
    const LawCase law_case{.sent = sent,
                           .injected = true,
                           .forwarded = forwarded,
                           .untracked = untracked_,
                           .mapped = mapped_,
                           .partial = partial_,
                           .before = {},
                           .after = entries_,
                           .earlier = earlier_,
                           .writes = writes_};
    for (const auto& law : laws()) {
      const bool breaks = law.of_step != nullptr ? law.of_step(law_case).has_value()
                                                 : law.of_frame(law_case, frame).has_value();
      if (breaks) return std::string(law.name);
    }
    return "";
  }

  std::vector<LawEntry> entries_{masqueraded()};
  std::vector<EarlierPacket> earlier_;
  RuleWrites writes_;
  bool untracked_ = false;
  bool mapped_ = true;
  bool partial_ = false;
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
            "no address and no port that NAT hides is seen outside");
  mapped_ = false;  // nobody obeys an entry where no rule maps
  EXPECT_EQ(broken(question_, bytes("udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 63 \"one\"")), "");
}

TEST_F(Laws, ATranslationOfOnesOwnInvention) {
  EXPECT_EQ(broken(question_, bytes("udp 203.0.113.1:4001 > 198.51.100.9:53 ttl 63 \"one\"")),
            "a packet is translated as its entry says");
}

TEST_F(Laws, AReplyThatReachesSomeoneElse) {
  EXPECT_EQ(broken(answer_, bytes("udp 198.51.100.9:53 > 10.0.1.3:4000 ttl 63 \"two\"")),
            "a packet is translated as its entry says");
}

TEST_F(Laws, AReplyThatIsNotTranslatedReachesNobody) {
  const LawCase law_case{.sent = answer_,
                         .injected = true,
                         .forwarded = true,
                         .untracked = false,
                         .mapped = true,
                         .partial = false,
                         .before = {},
                         .after = entries_,
                         .earlier = {},
                         .writes = writes_};
  const auto why = reply_reaches_who_asked(
      law_case, bytes("udp 198.51.100.9:53 > 203.0.113.1:4000 ttl 63 \"two\""));
  ASSERT_TRUE(why.has_value());
  EXPECT_EQ(*why, "the reply goes to 203.0.113.1:4000, 10.0.1.2:4000 asked");
}

TEST_F(Laws, APortThatLeaks) {
  entries_ = {{.tuple = {model::tuple_of(bytes("udp 10.0.1.2:4000 > 198.51.100.9:53")).value(),
                         model::tuple_of(bytes("udp 198.51.100.9:53 > 10.0.1.2:5000")).value()},
               .status = model::status::src_nat}};
  EXPECT_EQ(broken(question_, bytes("udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 63 \"one\"")),
            "no address and no port that NAT hides is seen outside");
}

TEST_F(Laws, AServerThatIsSeenBehindItsPublicAddress) {
  entries_ = {{.tuple = {model::tuple_of(bytes("udp 198.51.100.9:53 > 203.0.113.1:80")).value(),
                         model::tuple_of(bytes("udp 10.0.1.2:80 > 198.51.100.9:53")).value()},
               .status = model::status::dst_nat}};
  EXPECT_EQ(broken(bytes("udp 10.0.1.2:80 > 198.51.100.9:53 \"re\""),
                   bytes("udp 10.0.1.2:80 > 198.51.100.9:53 ttl 63 \"re\"")),
            "no address and no port that NAT hides is seen outside");
}

TEST_F(Laws, ADestinationThatIsLeftAsItIs) {
  entries_ = {{.tuple = {model::tuple_of(bytes("udp 10.0.1.2:4000 > 198.51.100.9:53")).value(),
                         model::tuple_of(bytes("udp 198.51.100.7:53 > 10.0.1.2:4000")).value()},
               .status = model::status::dst_nat}};
  EXPECT_EQ(broken(question_, bytes("udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 63 \"one\"")),
            "a packet is translated as its entry says");
}

TEST_F(Laws, AnErrorWhoseQuoteComesBackChanged) {
  earlier_ = {{.sent = question_, .left = translated_}};
  EXPECT_EQ(broken(error_, error_delivered_), "");
  auto frame = error_delivered_;
  frame[20 + 8 + 20 + 8] ^= 0x20;  // the first byte of what the quoted packet says
  const LawCase law_case{.sent = error_,
                         .injected = true,
                         .forwarded = true,
                         .untracked = false,
                         .before = {},
                         .after = entries_,
                         .earlier = earlier_,
                         .writes = writes_};
  const auto why = embedded_bytes_come_back(law_case, frame);
  ASSERT_TRUE(why.has_value());
  EXPECT_EQ(*why, "byte 28 of the quote is 0x4f, sent was 0x6f");
}

TEST_F(Laws, WhereRulesWriteAddressesNobodyKnowsWhoseQuoteItIs) {
  const auto of_somebody = bytes("udp 10.0.1.7:4000 > 198.51.100.9:53 \"one\"");
  earlier_ = {{.sent = of_somebody, .left = translated_}};
  EXPECT_EQ(broken(error_, error_delivered_), "");
  writes_.fields = {model::Field::ip_saddr};
  EXPECT_EQ(broken(error_, error_delivered_), "");
}

TEST_F(Laws, AnErrorOfTheBoxThatQuotesSomethingElse) {
  const auto own = bytes(
      "icmp 10.0.1.1 > 10.0.1.2 time-exceeded [ udp 10.0.1.2:4000 > 198.51.100.9:53 \"one\" ]");
  EXPECT_EQ(broken(question_, own, false), "");
  const auto other = bytes(
      "icmp 10.0.1.1 > 10.0.1.2 time-exceeded [ udp 10.0.1.2:4000 > 198.51.100.7:53 \"one\" ]");
  EXPECT_EQ(broken(question_, other, false), "the box's own error quotes what came in");
}

TEST_F(Laws, AWrongChecksumIsQuotedAsItCame) {
  const auto quoting = [](std::string_view checksum, std::string_view text = "one") {
    return bytes(
        fmt::format("icmp 10.0.1.1 > 10.0.1.2 time-exceeded [ udp 10.0.1.2:4000 > "
                    "198.51.100.9:53 checksum {} \"{}\" ]",
                    checksum, text));
  };
  const auto came = bytes("udp 10.0.1.2:4000 > 198.51.100.9:53 checksum 0x1234 \"one\"");
  EXPECT_EQ(broken(came, quoting("0x1234"), false), "");
  EXPECT_EQ(broken(came, quoting("0x1235"), false), "the box's own error quotes what came in");
  partial_ = true;
  EXPECT_EQ(broken(came, quoting("0x1235"), false), "");
  EXPECT_EQ(broken(came, quoting("0x1234", "oni"), false),
            "the box's own error quotes what came in");
}

TEST_F(Laws, OfAWrongChecksumTheTwoZerosMayChangePlaces) {
  const auto with = [](std::string_view checksum) {
    return bytes(
        fmt::format("tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN seq 1 checksum {}", checksum));
  };
  const auto quoting = [](std::string_view checksum) {
    return bytes(
        fmt::format("icmp 10.0.1.1 > 10.0.1.2 time-exceeded [ tcp 10.0.1.2:4000 > "
                    "198.51.100.9:80 SYN seq 1 checksum {} ]",
                    checksum));
  };
  EXPECT_EQ(broken(with("0xffff"), quoting("0x0000"), false), "");
  EXPECT_EQ(broken(with("0x0000"), quoting("0xffff"), false), "");
  EXPECT_EQ(broken(with("0x0000"), quoting("0x0001"), false),
            "the box's own error quotes what came in");
}

TEST_F(Laws, AnErrorAboutAnOldFragmentQuotesAnotherPacket) {
  const auto own = bytes(
      "icmp 10.0.1.1 > 10.0.1.2 reassembly-time-exceeded [ udp 10.0.1.2:4000 > 10.0.1.1:53 mf ]");
  EXPECT_EQ(broken(question_, own, false), "");
}

TEST_F(Laws, WhatIsUntrackedIsUntouched) {
  untracked_ = true;
  EXPECT_EQ(broken(question_, bytes("udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 63 \"one\"")), "");
  EXPECT_EQ(broken(question_, translated_), "what is untracked is untouched");
}

TEST_F(Laws, TwoFlowsWithOneTuple) {
  auto second = masqueraded();
  second.tuple[0].src_id = 4001;
  entries_.push_back(second);
  EXPECT_EQ(broken(question_, translated_), "no two flows share a tuple");
  entries_.back().zone = {1, 1};
  EXPECT_EQ(broken(question_, translated_), "");
}

TEST_F(Laws, OfTwoFlowsWithOneTupleIsToldOnce) {
  auto second = masqueraded();
  second.tuple[0].src_id = 4001;
  entries_.push_back(second);
  const std::vector<LawEntry> before = entries_;
  const auto told = [&] {
    return tuples_are_unique({.sent = question_,
                              .injected = true,
                              .forwarded = true,
                              .untracked = false,
                              .before = before,
                              .after = entries_,
                              .earlier = earlier_,
                              .writes = writes_});
  };
  EXPECT_FALSE(told().has_value());
  // Another pair is news, and not hidden by the older one.
  LawEntry third = masqueraded();
  third.tuple[0].src_id = 4002;
  third.tuple[1].dst_id = 4009;
  LawEntry fourth = third;
  fourth.tuple[0].src_id = 4003;
  entries_.push_back(third);
  entries_.push_back(fourth);
  EXPECT_THAT(told().value_or(""), HasSubstr("203.0.113.1:4009"));
}

TEST_F(Laws, HoldForIpv6AsWell) {
  const auto sent = bytes("udp [fd00:1::2]:4000 > [2001:db8::9]:53 \"one\"");
  entries_ = {
      {.tuple = {model::tuple_of(sent).value(),
                 model::tuple_of(bytes("udp [2001:db8::9]:53 > [2001:db8:203::1]:4000")).value()},
       .status = model::status::src_nat}};
  const auto left = bytes("udp [2001:db8:203::1]:4000 > [2001:db8::9]:53 hlim 63 \"one\"");
  EXPECT_EQ(broken(sent, left), "");
  auto wrong = left;
  wrong[47] ^= 1;
  EXPECT_EQ(broken(sent, wrong), "a checksum that came in valid leaves valid");
  EXPECT_EQ(broken(sent, bytes("udp [fd00:1::2]:4000 > [2001:db8::9]:53 hlim 63 \"one\"")),
            "no address and no port that NAT hides is seen outside");
  EXPECT_EQ(broken(sent, bytes("udp [2001:db8:203::1]:4000 > [2001:db8::9]:53 \"one\"")),
            "forwarding takes one from the TTL");
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

TEST_F(Laws, AWrittenTtlIsNoneOfTheirBusiness) {
  const auto frame = bytes("udp 203.0.113.1:4000 > 198.51.100.9:53 ttl 9 \"one\"");
  EXPECT_EQ(broken(question_, frame), "forwarding takes one from the TTL");
  writes_.fields = {model::Field::ip_ttl};
  EXPECT_EQ(broken(question_, frame), "");
}

TEST_F(Laws, AWrittenTtlExcusesNoOtherByte) {
  writes_.fields = {model::Field::ip_ttl};
  const auto other_class = bytes("udp 203.0.113.1:4000 > 198.51.100.9:53 tos 4 ttl 63 \"one\"");
  EXPECT_EQ(broken(question_, other_class), "bytes that NAT does not own are untouched");
  const auto other_payload = bytes("udp 203.0.113.1:4000 > 198.51.100.9:53 ttl 63 \"two\"");
  EXPECT_EQ(broken(question_, other_payload), "bytes that NAT does not own are untouched");
}

TEST_F(Laws, ARuleAnswersForTheUdpChecksumThatItWrites) {
  const auto without = bytes("udp 203.0.113.1:4000 > 198.51.100.9:53 ttl 63 checksum 0 \"one\"");
  EXPECT_EQ(broken(question_, without), "a checksum that came in valid leaves valid");
  writes_.fields = {model::Field::udp_checksum};
  EXPECT_EQ(broken(question_, without), "");
  const auto segment = bytes("tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN seq 1");
  const auto spoiled = bytes("tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN seq 1 ttl 63 checksum 1");
  EXPECT_EQ(broken(segment, spoiled), "a checksum that came in valid leaves valid");
}

TEST_F(Laws, AWrittenPortExcusesNoAddress) {
  writes_.fields = {model::Field::udp_dport};
  const auto elsewhere = bytes("udp 203.0.113.1:4000 > 198.51.100.9:54 ttl 63 \"one\"");
  EXPECT_EQ(broken(question_, elsewhere), "");
  const auto somebody = bytes("udp 203.0.113.2:4000 > 198.51.100.9:54 ttl 63 \"one\"");
  EXPECT_EQ(broken(question_, somebody), "a packet is translated as its entry says");
  entries_.clear();
  EXPECT_EQ(broken(question_, bytes("udp 10.0.1.2:4000 > 198.51.100.9:54 ttl 63 \"one\"")), "");
  EXPECT_EQ(broken(question_, somebody), "what no entry speaks for is untouched");
}

TEST_F(Laws, TwoZonesWithTheSameTupleAreNotToldApart) {
  const auto stranger = bytes("udp 203.0.113.2:4000 > 198.51.100.9:53 ttl 63 \"one\"");
  EXPECT_EQ(broken(question_, stranger), "a packet is translated as its entry says");
  entries_.push_back(masqueraded());
  entries_.back().zone = {1, 1};
  EXPECT_EQ(broken(question_, stranger), "");
}

TEST_F(Laws, TheReasonNamesBothValues) {
  const LawCase law_case{.sent = question_,
                         .injected = true,
                         .forwarded = true,
                         .untracked = false,
                         .before = {},
                         .after = entries_,
                         .earlier = {},
                         .writes = writes_};
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
