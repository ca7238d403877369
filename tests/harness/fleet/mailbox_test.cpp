// SPDX-License-Identifier: GPL-2.0-or-later
// Memory of both sides: each reads what the other wrote, and nothing that lies outside.
#include "harness/fleet/mailbox.h"

#include "harness/cli/descriptor.h"
#include "harness/fleet/guest_channel.h"

#include <string>

#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

class MailboxTest : public ::testing::Test {
 protected:
  Descriptor file_{make_mailbox_file()};
  Mailbox host_{file_.get(), Mailbox::Side::host};
  Mailbox guest_{file_.get(), Mailbox::Side::guest};
};

TEST_F(MailboxTest, EachReadsWhatTheOtherWrote) {
  const auto question = host_.put("question");
  const auto answer = guest_.put("answer");
  ASSERT_TRUE(question && answer);
  EXPECT_EQ(guest_.take(*question, 8), "question");
  EXPECT_EQ(host_.take(*answer, 6), "answer");
}

TEST_F(MailboxTest, WhatFollowsLiesBehindUntilThereIsNoRoom) {
  const std::string large(Mailbox::half - 10, 'x');
  EXPECT_EQ(host_.put(large), 0U);
  EXPECT_EQ(host_.put("0123456789"), Mailbox::half - 10);
  EXPECT_EQ(host_.put("again"), 0U);
  EXPECT_EQ(host_.put(large + "more than there is"), std::nullopt);
}

TEST_F(MailboxTest, NothingLiesOutside) {
  EXPECT_FALSE(host_.take(Mailbox::half, 1));
  EXPECT_FALSE(host_.take(1, Mailbox::half));
  EXPECT_FALSE(host_.take(0, std::string::npos));
}

TEST_F(MailboxTest, AFrameOnTheLineSaysWhereItsPayloadLies) {
  const std::string payload(1000, 'p');
  const std::string line = to_wire({.kind = "scenario", .payload = payload}, &host_);
  EXPECT_EQ(line, "natstep scenario 1000 at 0\n");
  FrameReader reader(&guest_);
  reader.feed(line + to_wire({.kind = "options", .payload = "short"}, &host_));
  EXPECT_EQ(reader.next()->payload, payload);
  EXPECT_EQ(reader.next()->payload, "short");
}

TEST_F(MailboxTest, AFrameFromNowhereIsSkipped) {
  FrameReader reader(&guest_);
  reader.feed("natstep result 10 at 99999999\nnatstep result 3 in 7\nnatstep hello 0\n");
  EXPECT_EQ(reader.next()->kind, "hello");
}

}  // namespace
}  // namespace natstep::harness
