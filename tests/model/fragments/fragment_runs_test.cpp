// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/fragments/fragment_runs.h"

#include "model/packet.h"

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

using Fit = FragmentRuns::Fit;

class FragmentRunsTest : public testing::Test {
 protected:
  Fit insert(std::uint32_t from, std::uint32_t to) {
    return runs_.insert(step_, from, wire::Bytes(to - from, 'x'));
  }

  State state_;
  LowestChooser chooser_;
  Prediction out_;
  Step step_{state_, chooser_, out_, 0};
  FragmentRuns runs_;
};

TEST_F(FragmentRunsTest, KeepsPiecesInAscendingOrder) {
  EXPECT_EQ(insert(16, 24), Fit::fits);
  EXPECT_EQ(insert(0, 8), Fit::fits);
  EXPECT_EQ(insert(8, 16), Fit::fits);
  ASSERT_EQ(runs_.pieces().size(), 3u);
  EXPECT_EQ(runs_.pieces()[0].offset, 0u);
  EXPECT_EQ(runs_.pieces()[1].offset, 8u);
  EXPECT_EQ(runs_.pieces()[2].offset, 16u);
  EXPECT_EQ(runs_.bytes(), 24u);
}

TEST_F(FragmentRunsTest, JudgesASecondPieceByWhatIsThere) {
  ASSERT_EQ(insert(24, 48), Fit::fits);
  EXPECT_EQ(insert(24, 48), Fit::duplicate);
  EXPECT_EQ(insert(32, 40), Fit::duplicate);
  EXPECT_EQ(insert(16, 32), Fit::overlap);
  EXPECT_EQ(insert(40, 56), Fit::overlap);
  EXPECT_EQ(insert(16, 56), Fit::overlap);
}

TEST_F(FragmentRunsTest, KnowsADuplicateOnlyWithinARun) {
  ASSERT_EQ(insert(0, 8), Fit::fits);
  ASSERT_EQ(insert(8, 16), Fit::fits);
  EXPECT_EQ(insert(0, 16), Fit::duplicate);
  runs_.clear();
  ASSERT_EQ(insert(8, 16), Fit::fits);
  ASSERT_EQ(insert(0, 8), Fit::fits);
  EXPECT_EQ(insert(0, 16), Fit::overlap);
}

}  // namespace
}  // namespace natstep::model
