// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/progress.h"

#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

TEST(Progress, TheBarFills) {
  EXPECT_EQ(bar(0, 4, 4), "[----]");
  EXPECT_EQ(bar(1, 4, 4), "[#---]");
  EXPECT_EQ(bar(3, 4, 8), "[######--]");
  EXPECT_EQ(bar(4, 4, 4), "[####]");
}

TEST(Progress, NothingToDoIsDone) {
  EXPECT_EQ(bar(0, 0, 4), "[####]");
}

TEST(Progress, IsSilentWithoutATerminal) {
  ::testing::internal::CaptureStderr();
  Progress progress("title", 2);
  progress.advance("one");
  progress.clear();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace natstep::harness
