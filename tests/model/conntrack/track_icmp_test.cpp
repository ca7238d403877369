// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/clause_names.h"
#include "tests/model/support.h"

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

using test::Box;
using test::From;

TEST(TrackIcmp, QueriesOpenEntriesAndAnswersDoNot) {
  for (const int type : {8, 13, 15, 17}) {
    Box box;
    EXPECT_TRUE(box.send(test::icmp(From::client, type)).tracked) << type;
    EXPECT_EQ(box.entry().timeout, 30U);
  }
  for (const int type : {0, 14, 16, 18, 9, 10, 1, 19, 40}) {
    Box box;
    EXPECT_TRUE(box.send(test::icmp(From::client, type)).invalid()) << type;
  }
}

TEST(TrackIcmp, AnswerMatchesByIdentifierAndCode) {
  Box box;
  box.send(test::icmp(From::client, 8, 0x00070001));
  EXPECT_EQ(box.send(test::icmp(From::server, 0, 0x00070009)).ctinfo, CtInfo::established_reply);
  EXPECT_TRUE(box.send(test::icmp(From::server, 0, 0x00080001)).invalid());
  EXPECT_TRUE(box.send(test::icmp(From::server, 14, 0x00070001)).invalid());
}

TEST(TrackIcmp, SequenceNumbersShareAnEntryThatIsNeverAssured) {
  Box box;
  for (std::uint32_t seq = 0; seq < 5; ++seq) {
    box.send(test::icmp(From::client, 8, 0x00070000 + seq), seq);
    box.send(test::icmp(From::server, 0, 0x00070000 + seq), seq);
  }
  EXPECT_EQ(box.entry().status, status::confirmed | status::seen_reply);
  EXPECT_EQ(box.entry().counters[0].packets, 5U);
  EXPECT_EQ(box.entry().refreshed_at, 4U);
}

TEST(TrackIcmp, BadChecksumIsInvalid) {
  wire::Bytes bytes = test::icmp(From::client, 8);
  bytes.back() ^= 1;
  Box box;
  EXPECT_EQ(box.send(bytes).words, "invalid: bad checksum");
  box.state.topology.settings.conntrack_checksum = false;
  EXPECT_TRUE(box.send(bytes).tracked);
}

TEST(TrackIcmp, RouterAdvertisementIsNoFlow) {
  Box box;
  EXPECT_EQ(box.send(test::icmp(From::client, 9)).words, "invalid: no entry possible");
  box.state.broken = Clause::icmp_type_without_answer_is_invalid;
  EXPECT_TRUE(box.send(test::icmp(From::client, 9)).tracked);
}

TEST(TrackIcmp, ShortHeaderIsInvalid) {
  Box box;
  EXPECT_EQ(box.send(test::ip_packet(test::client_ip, test::server_ip, 1, wire::Bytes(7))).words,
            "invalid: short icmp header");
}

}  // namespace
}  // namespace natstep::model
