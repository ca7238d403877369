// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/distribution.h"

#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

TEST(Distribution, AllAlikeIsEven) {
  const Distribution found{.flows = 640, .cells = std::vector<std::size_t>(64, 10)};
  EXPECT_EQ(found.chi_square(), 0);
  EXPECT_TRUE(found.even());
}

TEST(Distribution, HalfOfTheRangeIsNot) {
  Distribution found{.flows = 640, .cells = std::vector<std::size_t>(64)};
  for (std::size_t i = 0; i < 32; ++i)
    found.cells[i] = 20;
  EXPECT_EQ(found.chi_square(), 640);
  EXPECT_FALSE(found.even());
}

TEST(Distribution, SixteenBitsModuloTheRangeFavourItsBeginning) {
  Distribution found{.span = 64512, .flows = 6500, .cells = std::vector<std::size_t>(64, 100)};
  found.cells[0] = 200;
  EXPECT_GT(found.chi_square(), 90);
  EXPECT_LT(found.chi_square_of_modulo(), 5);
  EXPECT_TRUE(found.as_modulo());
}

TEST(Distribution, NothingChosenIsNot) {
  EXPECT_FALSE((Distribution{.cells = std::vector<std::size_t>(64)}).even());
}

TEST(Distribution, OutsideTheRangeIsNot) {
  EXPECT_FALSE(
      (Distribution{.flows = 641, .outside = 1, .cells = std::vector<std::size_t>(64, 10)}).even());
}

}  // namespace
}  // namespace natstep::harness
