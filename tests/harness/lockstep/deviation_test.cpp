// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/deviation.h"

#include "model/clause.h"
#include "tests/harness/lockstep/two_voices.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

/// The second piece overlaps, and its datagram is given up; nothing is seen of that before the
/// third, which would have completed it.
constexpr std::string_view overlap = R"(
in lan udp 10.0.1.2:4000 > 198.51.100.9:53 ip-id 7 frag 0+ len 40 checksum absent payload 8
in lan ip 10.0.1.2 > 198.51.100.9 proto 17 ip-id 7 frag 8+ payload 16
in lan ip 10.0.1.2 > 198.51.100.9 proto 17 ip-id 7 frag 16 payload 24
)";

/// The scenario behind `questions` that have nothing to do with it.
Scenario after(std::size_t questions) {
  std::string text = "# A late piece of a datagram that was given up.\ntopology router\n";
  for (std::size_t i = 0; i < questions; ++i)
    text += "in lan udp 10.0.1.2:4001 > 198.51.100.9:53\n";
  return testing::parse(text + std::string(overlap));
}

Outcome played(const Scenario& scenario) {
  const auto rules = testing::masquerade_rules(scenario.topology);
  return testing::play_against(scenario, rules, testing::agreeing_kernel(scenario, rules));
}

const DeviationShown* shown(const Outcome& outcome, std::string_view clause) {
  const auto found =
      std::ranges::find(outcome.deviations, *model::find_clause(clause), &DeviationShown::clause);
  return found == outcome.deviations.end() ? nullptr : &*found;
}

TEST(DeviationWatch, SeesWhatAnEarlierStepHasDone) {
  const auto outcome = played(after(0));
  EXPECT_EQ(outcome.verdict, Verdict::deviation);
  const auto* overlapped = shown(outcome, "overlap_discards_the_datagram");
  ASSERT_NE(overlapped, nullptr);
  EXPECT_EQ(overlapped->where, DeviationShown::Where::frames);
  EXPECT_EQ(overlapped->pos.line, 6);
  EXPECT_THAT(overlapped->differences, ::testing::Contains("number of frames: 0, else 2"));
}

TEST(DeviationWatch, LooksIntoLongScriptsAsWell) {
  const auto outcome = played(after(200));
  EXPECT_EQ(outcome.verdict, Verdict::deviation);
  EXPECT_NE(shown(outcome, "overlap_discards_the_datagram"), nullptr);
}

}  // namespace
}  // namespace natstep::harness
