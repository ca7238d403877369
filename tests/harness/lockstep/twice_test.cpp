// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/twice.h"

#include "model/wire/ipv4.h"
#include "tests/harness/lockstep/two_voices.h"

#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

Outcome outcome() {
  const auto scenario = testing::parse(testing::masquerade);
  const auto rules = testing::masquerade_rules(scenario.topology);
  LockstepOptions options;
  options.keep_records = true;
  return testing::play_against(scenario, rules, testing::agreeing_kernel(scenario, rules), options);
}

TEST(Twice, TheSameTwiceIsNoDifference) {
  EXPECT_EQ(differs_again(outcome(), outcome()), std::nullopt);
}

TEST(Twice, AnotherByteIsOne) {
  auto second = outcome();
  second.steps[1].observation.frames[0].bytes.back() ^= 1;
  EXPECT_EQ(differs_again(outcome(), second), "step 2: frame 0 is not the same the second time");
}

TEST(Twice, AFrameTooFewIsOne) {
  auto second = outcome();
  second.steps[0].observation.frames.clear();
  EXPECT_EQ(differs_again(outcome(), second), "step 1: 1 frames left, 0 the second time");
}

TEST(Twice, AnIdThatWasFreeIsNone) {
  auto first = outcome(), second = outcome();
  for (auto* each : {&first, &second})
    each->steps[0].prediction.choices.push_back({.kind = model::ChoiceKind::ip_id, .allowed = {}});
  const wire::Ipv4Edit header(second.steps[0].observation.frames[0].bytes);
  header.set_id(4711);
  header.fill_checksum();
  EXPECT_EQ(differs_again(first, second), std::nullopt);
  header.set_checksum(header.checksum() ^ 1);
  EXPECT_EQ(differs_again(first, second), "step 1: frame 0 is not the same the second time");
}

TEST(Twice, BehindAnotherPortTheModelVouches) {
  auto first = outcome(), second = outcome();
  first.steps[0].prediction.choices.push_back(
      {.kind = model::ChoiceKind::source_id, .value = 1, .allowed = {}});
  second.steps[0].prediction.choices.push_back(
      {.kind = model::ChoiceKind::source_id, .value = 2, .allowed = {}});
  second.steps[1].observation.frames[0].bytes.back() ^= 1;
  EXPECT_EQ(differs_again(first, second), std::nullopt);
}

TEST(Twice, AnotherEntryIsOne) {
  auto second = outcome();
  second.steps[0].entries[0].kernel->status ^= 1;
  EXPECT_EQ(differs_again(outcome(), second),
            "step 1: the conntrack entries are not the same the second time");
}

TEST(Twice, AnotherCounterOfAnEntryIsOne) {
  auto second = outcome();
  second.steps[0].entries[0].kernel->counters.emplace().front().packets = 1;
  EXPECT_TRUE(differs_again(outcome(), second));
}

TEST(Twice, AnotherVerdictIsOne) {
  auto second = outcome();
  second.verdict = Verdict::diverged;
  EXPECT_EQ(differs_again(outcome(), second), "AGREED, the second time DIVERGED");
}

}  // namespace
}  // namespace natstep::harness
