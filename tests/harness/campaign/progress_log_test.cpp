// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/campaign/progress_log.h"

#include "netns/dut.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace natstep::harness::testing {
namespace {

namespace fs = std::filesystem;

class ProgressLogTest : public ::testing::Test {
 protected:
  ProgressLogTest()
      : directory_(fs::temp_directory_path() / ("progress_log_" + std::to_string(::getpid()))) {
    fs::create_directories(directory_);
  }
  ~ProgressLogTest() override { fs::remove_all(directory_); }

  fs::path directory_;
};

constexpr Moment first{
    .time_s = 1.5, .executions = 30000, .executions_per_s = 20000, .features = 7};
constexpr Moment second{.time_s = 3, .executions = 61000, .findings = 1, .last_new_s = 2.25};

TEST_F(ProgressLogTest, WhatIsAppendedIsReadInItsOrder) {
  ProgressLog(directory_).append(first);
  ProgressLog(directory_).append(second);  // the same campaign, resumed
  EXPECT_THAT(read_progress(directory_), ::testing::ElementsAre(first, second));
}

TEST_F(ProgressLogTest, HalfALineIsPassedOver) {
  ProgressLog log(directory_);
  log.append(first);
  std::ofstream(directory_ / "progress.jsonl", std::ios::app) << R"({"time_s": 2, "execu)";
  EXPECT_THAT(read_progress(directory_), ::testing::ElementsAre(first));
  log.append(second);
  EXPECT_THAT(read_progress(directory_), ::testing::ElementsAre(first, second));
}

TEST_F(ProgressLogTest, NothingIsThereBeforeTheFirstMoment) {
  EXPECT_THAT(read_progress(directory_), ::testing::IsEmpty());
  EXPECT_THAT(read_progress(directory_ / "nowhere"), ::testing::IsEmpty());
}

TEST_F(ProgressLogTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_THROW(ProgressLog(directory_ / "nowhere"), netns::EnvironmentError);
}

TEST_F(ProgressLogTest, AFullDiskIsAnError) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  fs::create_symlink("/dev/full", directory_ / "progress.jsonl");
  EXPECT_THROW(ProgressLog(directory_).append(first), netns::EnvironmentError);
}

TEST(Moment, OtherKindsOfLinesAreNone) {
  EXPECT_EQ(parse_moment(""), std::nullopt);
  EXPECT_EQ(parse_moment("[1]"), std::nullopt);
  EXPECT_EQ(parse_moment(R"({"time_s": "late", "executions": 1})"), std::nullopt);
  EXPECT_EQ(parse_moment(R"({"time_s": 1})"), std::nullopt);
}

}  // namespace
}  // namespace natstep::harness::testing
