// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/campaign/gather.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace natstep::harness::testing {
namespace {

namespace fs = std::filesystem;

TEST(Gather, CoursesAddUpAtEachMoment) {
  const auto sum = together({{{.time_s = 1, .executions = 10, .features = 5},
                              {.time_s = 3, .executions = 30, .features = 9}},
                             {{.time_s = 2, .executions = 100, .features = 7}}});
  ASSERT_EQ(sum.size(), 3u);
  EXPECT_EQ(sum[0].executions, 10u);
  EXPECT_EQ(sum[1].executions, 110u);
  EXPECT_EQ(sum[2].executions, 130u);
  EXPECT_EQ(sum[1].features, 7u);
  EXPECT_EQ(sum[2].features, 9u);
}

TEST(Gather, ShardsBecomeOneCampaign) {
  const fs::path all = fs::temp_directory_path() / ("gather_" + std::to_string(::getpid()));
  const Signature both{.aspect = "frames", .field = "both"};
  for (const char* shard : {"shard-1", "shard-2"}) {
    fs::create_directories(all / shard);
    ProgressLog(all / shard).append({.time_s = 5, .executions = 50});
    FindingStore store(all / shard);
    store.add(both, {{.name = "scenario.nat", .content = "#\n"}}, 7);
    store.add({.aspect = "frames", .field = shard}, {{.name = "scenario.nat", .content = "#\n"}},
              8);
    write_campaign_info(all / shard,
                        {.kernel = "Linux", .jobs = 2, .started = 9, .clauses = {"a", shard}});
  }
  fs::create_directories(all / "logs");
  for (int again = 0; again < 2; ++again) {
    gather_shards(all);
    const auto state = read_campaign(all);
    EXPECT_EQ(state.findings.size(), 3u);
    EXPECT_EQ(state.findings.front().seen.count, 2u);
    EXPECT_EQ(state.moments.back().executions, 100u);
    EXPECT_EQ(state.moments.back().findings, 3u);
    EXPECT_EQ(state.info.jobs, 4u);
    EXPECT_THAT(state.info.clauses, ::testing::ElementsAre("a", "shard-1", "shard-2"));
  }
  fs::remove_all(all);
}

}  // namespace
}  // namespace natstep::harness::testing
