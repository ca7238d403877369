// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/sweeps/sweep.h"

#include "harness/scenario/scenario_text.h"

#include <set>

#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

/// The first and the last case: between them nothing but the parameter differs.
std::vector<std::string> ends_of(const std::vector<std::string>& paths) {
  return {paths.front(), paths.back()};
}

TEST(Sweep, EveryCaseHasANameOfItsOwn) {
  std::set<std::string> seen;
  for (const std::string& path : sweep_paths(sweep_prefix))
    EXPECT_TRUE(seen.insert(path).second) << path;
}

TEST(Sweep, CasesAreScenariosThatSurviveBeingPrinted) {
  for (const Sweep& sweep : sweeps()) {
    const auto paths = sweep_paths(std::string(sweep_prefix) + std::string(sweep.name));
    ASSERT_FALSE(paths.empty()) << sweep.name;
    for (const std::string& path : ends_of(paths)) {
      const auto scenario = load_scenario(path);
      ASSERT_TRUE(scenario) << to_string(scenario.error());
      EXPECT_EQ(scenario->path, path);
      EXPECT_FALSE(scenario->steps.empty()) << path;
      const std::string printed = print_scenario(*scenario);
      const auto again = parse_scenario(printed, path);
      ASSERT_TRUE(again) << to_string(again.error());
      EXPECT_EQ(print_scenario(*again), printed);
    }
  }
}

TEST(Sweep, APathMeansACaseOrASweepOrAll) {
  const auto all = sweep_paths("sweep:");
  const auto of_one = sweep_paths("sweep:tcp_flags");
  EXPECT_GT(all.size(), of_one.size());
  EXPECT_EQ(sweep_paths(of_one.front()), std::vector{of_one.front()});
  EXPECT_TRUE(sweep_paths("sweep:tcp_flag").empty());
  EXPECT_TRUE(sweep_paths("sweep:tcp_flags/no_such_case").empty());
}

TEST(Sweep, TheTcpSweepMeetsEveryFlagByteInEveryState) {
  std::size_t segments = 0;
  for (const std::string& path : sweep_paths("sweep:tcp_flags")) {
    const std::string text = sweep_text(path).value_or("");
    for (auto at = text.find(" flags "); at != std::string::npos; at = text.find(" flags ", at + 1))
      ++segments;
  }
  EXPECT_EQ(segments, 2u * 10u * 2u * 256u);
}

TEST(Sweep, WhatIsNoCaseIsToldSo) {
  const auto scenario = load_scenario("sweep:tcp_flags/no_such_case");
  ASSERT_FALSE(scenario);
  EXPECT_EQ(to_string(scenario.error()),
            "sweep:tcp_flags/no_such_case: no sweep has this case, `natstep check --sweeps` runs "
            "them all");
}

}  // namespace
}  // namespace natstep::harness
