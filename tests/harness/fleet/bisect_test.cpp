// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/bisect.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::ElementsAre;

Probe truth(std::size_t kernel, std::size_t first_changed) {
  return kernel < first_changed ? Probe::like_first : Probe::like_last;
}

TEST(Bisect, FindsEveryPlaceWithFewBoots) {
  constexpr std::size_t count = 40;
  for (std::size_t changed = 1; changed < count; ++changed) {
    std::size_t boots = 0;
    const BisectResult result = bisect(count, [&](std::size_t kernel) {
      ++boots;
      return truth(kernel, changed);
    });
    EXPECT_EQ(result.before, changed - 1);
    EXPECT_EQ(result.after, changed);
    EXPECT_LE(boots, 6U);
  }
}

TEST(Bisect, NeighboursNeedNoBoot) {
  const BisectResult result = bisect(2, [](std::size_t) {
    ADD_FAILURE();
    return Probe::unusable;
  });
  EXPECT_EQ(result.before, 0U);
  EXPECT_EQ(result.after, 1U);
}

TEST(Bisect, ReportsARangeWhereNothingCouldBeUsed) {
  const BisectResult result = bisect(9, [](std::size_t kernel) {
    return kernel >= 3 && kernel <= 5 ? Probe::unusable : truth(kernel, 5);
  });
  EXPECT_EQ(result.before, 2U);
  EXPECT_EQ(result.after, 6U);
  EXPECT_THAT(result.unusable, ElementsAre(3, 4, 5));
}

TEST(Bisect, AsksAboutNoneTwice) {
  std::set<std::size_t> asked;
  bisect(20, [&](std::size_t kernel) {
    EXPECT_TRUE(asked.insert(kernel).second) << kernel;
    return kernel % 3 == 0 ? truth(kernel, 11) : Probe::unusable;
  });
}

}  // namespace
}  // namespace natstep::harness
