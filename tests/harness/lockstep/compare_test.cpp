// SPDX-License-Identifier: GPL-2.0-or-later
// Every way in which a kernel can differ from the model is found, named after the field, and laid
// at the right door.
#include "harness/lockstep/compare.h"

#include "model/wire/ipv4.h"
#include "tests/harness/lockstep/two_voices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Compare : public ::testing::Test {
 protected:
  Outcome played() { return play_against(scenario_, rules_, kernel_); }

  static const StepRecord& failed(const Outcome& outcome) {
    return outcome.steps.at(outcome.failed_step);
  }
  static const Finding& first(const Outcome& outcome) { return failed(outcome).findings.at(0); }

  /// The frame of a step, its taps left alone: what a fault behind the last tap looks like.
  wire::Bytes& frame(std::size_t step) { return kernel_.at(step).observation.frames.at(0).bytes; }

  Scenario scenario_ = parse(masquerade);
  model::Ruleset rules_ = masquerade_rules(scenario_.topology);
  std::vector<Recording> kernel_ = agreeing_kernel(scenario_, rules_);
};

TEST_F(Compare, OneChangedByteIsNamedAfterItsField) {
  frame(0)[wire::ipv4::tos] = 0x10;
  const auto outcome = played();
  EXPECT_EQ(outcome.verdict, Verdict::diverged);
  EXPECT_EQ(outcome.failed_step, 0u);
  EXPECT_EQ(first(outcome).aspect, Aspect::frames);
  EXPECT_THAT(first(outcome).subject, StartsWith("ipv4."));
  EXPECT_THAT(first(outcome).subject, HasSubstr(" on wan"));
}

TEST_F(Compare, AMangledChecksumBreaksALawAndTheKernelIsSuspected) {
  frame(0)[27] ^= 0x01;
  const auto outcome = played();
  EXPECT_THAT(first(outcome).subject, StartsWith("udp.checksum"));
  EXPECT_FALSE(failed(outcome).triage.laws_hold);
  EXPECT_THAT(failed(outcome).triage.suspect, StartsWith("kernel"));
}

TEST_F(Compare, AKernelThatDropsIsFound) {
  kernel_[0].observation.frames.clear();
  const auto outcome = played();
  EXPECT_EQ(first(outcome).kernel, "nothing");
  EXPECT_THAT(first(outcome).model, StartsWith("udp 203.0.113.1:4000"));
  EXPECT_EQ(failed(outcome).triage.suspect, "kernel");
}

TEST_F(Compare, AFrameTooManyIsFound) {
  auto& frames = kernel_[1].observation.frames;
  frames.push_back(frames.front());
  const auto outcome = played();
  EXPECT_EQ(outcome.failed_step, 1u);
  EXPECT_EQ(first(outcome).subject, "frame on lan, frame 2");
  EXPECT_EQ(first(outcome).model, "nothing");
}

TEST_F(Compare, AFrameOnTheWrongPortIsFound) {
  kernel_[0].observation.frames[0].port = scenario_.topology.find_port("lan").value();
  EXPECT_EQ(played().verdict, Verdict::diverged);
}

TEST_F(Compare, AnEntryIsComparedFieldByField) {
  kernel_[1].entries[0].status &= ~model::status::seen_reply;
  const auto outcome = played();
  EXPECT_EQ(outcome.failed_step, 1u);
  EXPECT_EQ(first(outcome).aspect, Aspect::conntrack);
  EXPECT_THAT(first(outcome).subject, StartsWith("status of entry udp 10.0.1.2:4000"));
  EXPECT_THAT(first(outcome).model, HasSubstr("seen_reply"));
}

TEST_F(Compare, ATimeoutMayHaveLostASecondButNotGainedOne) {
  kernel_[0].entries[0].timeout = *kernel_[0].entries[0].timeout - 1;
  EXPECT_EQ(played().verdict, Verdict::agreed);
  kernel_[0].entries[0].timeout = *kernel_[0].entries[0].timeout + 2;
  EXPECT_THAT(first(played()).subject, StartsWith("timeout of entry"));
}

TEST_F(Compare, AMissingEntryIsFound) {
  kernel_[0].entries.clear();
  const auto outcome = played();
  EXPECT_EQ(first(outcome).model, "in the table");
  EXPECT_EQ(first(outcome).kernel, "not in the table");
}

TEST_F(Compare, AnEntryTooManyIsFoundByTheCount) {
  auto other = kernel_[0].entries[0];
  other.original.src_id = 4001;
  kernel_[0].entries.push_back(other);
  EXPECT_EQ(first(played()).subject, "number of entries");
}

TEST_F(Compare, AnEntryThatWasNotAnnouncedIsFound) {
  kernel_[0].observation.events.clear();
  EXPECT_THAT(first(played()).subject, StartsWith("event for the entry"));
}

TEST_F(Compare, ATapThatIsPassedOnOneSideOnlyIsFound) {
  kernel_[0].observation.taps.pop_back();
  const auto outcome = played();
  EXPECT_EQ(first(outcome).aspect, Aspect::walk);
  EXPECT_EQ(first(outcome).kernel, "none");
  EXPECT_THAT(first(outcome).model, StartsWith("post_routing"));
}

TEST_F(Compare, BytesAtATapAreCompared) {
  kernel_[0].observation.taps[0].bytes[wire::ipv4::ttl] = 7;
  const auto outcome = played();
  EXPECT_EQ(first(outcome).aspect, Aspect::walk);
  EXPECT_EQ(first(outcome).kernel, "7");
}

TEST_F(Compare, AWrongPinIsSuspectedItself) {
  std::string text(masquerade);
  text.replace(text.find("203.0.113.1:4000 >"), 18, "203.0.113.7:4000 >");
  scenario_ = parse(text);
  const auto outcome = played();
  EXPECT_EQ(outcome.verdict, Verdict::diverged);
  EXPECT_EQ(first(outcome).aspect, Aspect::pins);
  EXPECT_EQ(first(outcome).pos.line, 5);
  EXPECT_THAT(first(outcome).kernel, HasSubstr("203.0.113.7"));
  EXPECT_EQ(failed(outcome).triage.script, Voice::alone);
  EXPECT_EQ(failed(outcome).triage.suspect, "the pin");
}

TEST_F(Compare, AWrongClauseIsSuspectedItself) {
  int caught = 0;
  for (std::size_t i = 0; i < model::clauses().size(); ++i) {
    LockstepOptions options;
    options.broken = static_cast<model::Clause>(i);
    const auto outcome = play_against(scenario_, rules_, kernel_, options);
    if (outcome.verdict != Verdict::diverged || first(outcome).aspect != Aspect::frames) continue;
    const auto& triage = failed(outcome).triage;
    // Where neither the pins nor a law speak, nobody can tell; where one does, it must not be the
    // kernel that is suspected.
    const bool told = triage.script == Voice::with_kernel || !triage.laws_hold;
    EXPECT_THAT(triage.suspect, StartsWith(told ? "the model's clause" : "kernel, or the clause"))
        << model::clauses()[i].id;
    ++caught;
  }
  EXPECT_GE(caught, 5);
}

TEST_F(Compare, ARefusedPacketIsInconclusive) {
  kernel_[0].observation.refused = "EINVAL: Invalid argument";
  const auto outcome = played();
  EXPECT_EQ(outcome.verdict, Verdict::inconclusive);
  EXPECT_THAT(outcome.reason, HasSubstr("EINVAL"));
  EXPECT_EQ(outcome.reason_pos.line, 4);
}

TEST_F(Compare, TheManglingHandIsFelt) {
  LockstepOptions options;
  options.mangle = [](std::size_t step, netns::Observation& observation) {
    if (step == 1) observation.frames.at(0).bytes.back() ^= 0xff;
  };
  const auto outcome = play_against(scenario_, rules_, kernel_, options);
  EXPECT_EQ(outcome.failed_step, 1u);
  EXPECT_THAT(first(outcome).subject, HasSubstr("payload on lan"));
}

TEST_F(Compare, RecordsAreKeptOnlyWhenAskedFor) {
  EXPECT_THAT(played().steps, IsEmpty());
}

}  // namespace
}  // namespace natstep::harness::testing
