// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/cover.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::fuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Cover, OfEqualReachTheShortestStays) {
  const std::vector<Reach> programs{{{1, 2}, 30}, {{1, 2}, 10}, {{2, 1}, 20}};
  EXPECT_THAT(cover(programs), ElementsAre(1));
}

TEST(Cover, WhatOthersReachTogetherGoes) {
  const std::vector<Reach> programs{{{1}, 10}, {{1, 2}, 20}, {{2, 3}, 30}};
  EXPECT_THAT(cover(programs), ElementsAre(0, 2));
}

TEST(Cover, NothingThatIsReachedGetsLost) {
  std::vector<Reach> programs;
  for (std::uint32_t i = 0; i < 200; ++i)
    programs.push_back({{i * 7 % 50, i * 11 % 60, i * 13 % 70}, i % 17});
  std::set<std::uint32_t> all, kept;
  for (const auto& program : programs)
    all.insert(program.features.begin(), program.features.end());
  const auto chosen = cover(programs);
  for (const auto i : chosen)
    kept.insert(programs[i].features.begin(), programs[i].features.end());
  EXPECT_EQ(all, kept);
  EXPECT_LT(chosen.size(), 60u);
}

TEST(Cover, AProgramThatReachesNothingGoes) {
  EXPECT_THAT(cover(std::vector<Reach>{{{}, 1}}), IsEmpty());
  EXPECT_THAT(cover({}), IsEmpty());
}

TEST(Cover, AdditionsReachWhatWasNotKnown) {
  const std::vector<Reach> known{{{1, 2}, 10}};
  const std::vector<Reach> more{{{1}, 1}, {{2, 3}, 9}, {{3}, 5}, {{4, 1}, 2}};
  EXPECT_THAT(additions(known, more), ElementsAre(3, 2));
}

}  // namespace
}  // namespace natstep::fuzz
