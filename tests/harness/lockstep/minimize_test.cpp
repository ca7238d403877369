// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/minimize.h"

#include "tests/harness/lockstep/two_voices.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace natstep::harness::testing {
namespace {

constexpr std::string_view long_story = R"(# Five steps and four rules; one of each matters.
topology router

nft {
  table ip nat {
    chain first { type nat hook postrouting priority srcnat; }
    chain second { type nat hook postrouting priority 101; }
    chain culprit { type nat hook postrouting priority 102; }
  }
}

in  lan  udp 10.0.1.2:1 > 198.51.100.9:53
in  lan  udp 10.0.1.2:2 > 198.51.100.9:53
in  lan  udp 10.0.1.2:3 > 198.51.100.9:53
in  lan  udp 10.0.1.2:666 > 198.51.100.9:53 ttl 9 "evil"
in  lan  udp 10.0.1.2:4 > 198.51.100.9:53
)";

/// Fails in the step with port 666, in `field`, as long as the culprit's rule is there.
class FakeRun {
 public:
  explicit FakeRun(std::string field = "udp.checksum on wan") : field_(std::move(field)) {}

  Outcome operator()(const Scenario& scenario) {
    ++runs;
    Outcome outcome;
    const bool rule = std::ranges::any_of(scenario.rules, [](const RulesBlock& b) {
      return b.text.find("culprit") != std::string::npos;
    });
    for (std::size_t i = 0; i < scenario.steps.size() && rule; ++i) {
      if (scenario.steps[i].stimulus.packet.notation.print().find(":666") == std::string::npos)
        continue;
      outcome.verdict = Verdict::diverged;
      outcome.failed_step = i;
      outcome.steps.resize(i + 1);
      outcome.steps[i].findings.push_back({.aspect = Aspect::frames, .subject = field_});
      outcome.steps[i].triage.suspect = "kernel";
    }
    return outcome;
  }

  std::size_t runs = 0;

 private:
  std::string field_;
};

TEST(Minimize, KeepsWhatMatters) {
  const auto scenario = parse(long_story);
  FakeRun fake;
  const auto failed = fake(scenario);
  const auto small = minimize(scenario, failed, std::ref(fake));
  ASSERT_EQ(small.scenario.steps.size(), 1u);
  EXPECT_EQ(small.scenario.steps[0].stimulus.packet.notation.print(),
            "udp 10.0.1.2:666 > 198.51.100.9:53");
  ASSERT_EQ(small.scenario.rules.size(), 1u);
  EXPECT_EQ(small.scenario.rules[0].text.find("second"), std::string::npos);
  EXPECT_NE(small.scenario.rules[0].text.find("culprit"), std::string::npos);
  EXPECT_EQ(small.steps_before, 5u);
  EXPECT_EQ(failure_of(small.outcome), failure_of(failed));
}

TEST(Minimize, StaysWithinItsBudget) {
  const auto scenario = parse(long_story);
  FakeRun fake;
  const auto failed = fake(scenario);
  fake.runs = 0;
  EXPECT_EQ(minimize(scenario, failed, std::ref(fake), 3).attempts, 3u);
  EXPECT_EQ(fake.runs, 3u);
}

TEST(Minimize, AnotherFailureIsNotThisOne) {
  const auto scenario = parse(long_story);
  const auto failed = FakeRun{}(scenario);
  FakeRun other("ipv4.ttl on wan");
  EXPECT_EQ(minimize(scenario, failed, std::ref(other)).scenario.steps.size(), 5u);
  EXPECT_EQ(repeats(scenario, failed, std::ref(other), 4), 0u);
  EXPECT_EQ(repeats(scenario, failed, FakeRun{}, 4), 4u);
}

TEST(Minimize, ThePortIsNoPartOfTheField) {
  const auto scenario = parse(long_story);
  EXPECT_EQ(failure_of(FakeRun("udp.checksum on wan, frame 2")(scenario)),
            failure_of(FakeRun("udp.checksum on lan")(scenario)));
}

TEST(Minimize, AgreementIsNoFailure) {
  EXPECT_EQ(failure_of(Outcome{}), std::nullopt);
}

TEST(Minimize, SaysWhatItDid) {
  const auto scenario = parse(long_story);
  FakeRun fake;
  const auto failed = fake(scenario);
  auto small = minimize(scenario, failed, std::ref(fake), 0);
  EXPECT_EQ(repeatability(small, 20, 20), "repeatable 20 of 20");
  small = minimize(scenario, failed, std::ref(fake));
  EXPECT_EQ(repeatability(small, 19, 20),
            "repeatable 19 of 20      minimised from 5 steps and 4 rules");
}

}  // namespace
}  // namespace natstep::harness::testing
