// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/exit_code.h"

#include <array>

#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

TEST(ExitCode, TheWorseWinsInEitherOrder) {
  constexpr std::array worst_first{130, 5, 2, 1, 3, 0, 4};
  for (std::size_t i = 0; i < worst_first.size(); ++i) {
    for (std::size_t j = i; j < worst_first.size(); ++j) {
      EXPECT_EQ(worse(worst_first[i], worst_first[j]), worst_first[i]);
      EXPECT_EQ(worse(worst_first[j], worst_first[i]), worst_first[i]);
    }
  }
}

}  // namespace
}  // namespace natstep::harness
