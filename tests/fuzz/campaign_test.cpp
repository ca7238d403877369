// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/campaign_view.h"
#include "fuzz/corpus_folder.h"
#include "fuzz/shared_page.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace natstep::fuzz::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Corpus : public ::testing::Test {
 protected:
  ~Corpus() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("natstep-corpus-" + std::to_string(::getpid()));
  Program program_{.box = {.source = 3}, .ops = {{.source = Source::fresh, .dst = 1}}};
};

TEST_F(Corpus, WhatOneWritesAnotherReads) {
  CorpusFolder mine(folder_), others(folder_);
  EXPECT_TRUE(mine.add(program_));
  EXPECT_THAT(mine.news(), IsEmpty());
  EXPECT_THAT(others.news(), ElementsAre(program_));
  EXPECT_THAT(others.news(), IsEmpty());
}

TEST_F(Corpus, HalfAFileIsNoProgram) {
  CorpusFolder corpus(folder_);
  std::ofstream(folder_ / ".0123.77") << "half";
  EXPECT_THAT(corpus.news(), IsEmpty());
}

TEST_F(Corpus, AFolderThatIsGoneIsToldAndNotFatal) {
  CorpusFolder corpus(folder_);
  std::filesystem::remove_all(folder_);
  EXPECT_FALSE(corpus.add(program_));
  std::filesystem::create_directories(folder_);
  EXPECT_TRUE(corpus.add(program_));
}

TEST(CampaignView, ReadsDurations) {
  EXPECT_EQ(parse_duration("90"), 90);
  EXPECT_EQ(parse_duration("10m"), 600);
  EXPECT_EQ(parse_duration("1.5h"), 5400);
  EXPECT_LT(parse_duration("8 hours"), 0);
  EXPECT_LT(parse_duration("soon"), 0);
  EXPECT_LT(parse_duration("-3s"), 0);
}

TEST(CampaignView, WritesDurations) {
  EXPECT_EQ(duration_text(7.46), "7.5 s");
  EXPECT_EQ(duration_text(125), "2m 05s");
  EXPECT_EQ(duration_text(28980), "8h 03m");
}

TEST(CampaignView, TellsWhatMattersAndNoMore) {
  CampaignState state{.time_s = 60, .jobs = 2, .executions = 1000, .executions_per_s = 50};
  const std::string text = view_text(state, "out");
  EXPECT_THAT(text, HasSubstr("50/s, 25/s a worker"));
  EXPECT_THAT(text, Not(HasSubstr("CRASHES")));
  EXPECT_THAT(text, Not(HasSubstr("refused")));
  state.crashes = 1;
  state.lost_writes = 2;
  EXPECT_THAT(view_text(state, "out"), HasSubstr("1 workers died, see out/crashes"));
  EXPECT_THAT(view_text(state, "out"), HasSubstr("refused 2 writes"));
}

TEST(SharedPage, WorkersTellWhatTheyReached) {
  SharedPage page;
  model::ClauseSet clauses;
  clauses.set(3).set(700);
  tell_counts(page->workers[1], {.executions = 5, .features = 7}, clauses);
  EXPECT_EQ(page->workers[1].executions, 5);
  EXPECT_EQ(clauses_of(page->workers[1]), clauses);
  EXPECT_TRUE(clauses_of(page->workers[0]).none());
}

TEST(SharedPage, AProgramOutlivesItsPlayer) {
  SharedPage page;
  const Program program{.ops = {{.source = Source::fresh, .kind = 9}}};
  tell_program(page->workers[0], encode(program));
  const WorkerPage& left = page->workers[0];
  EXPECT_EQ(decode({left.program.data(), left.program_size}), program);
}

}  // namespace
}  // namespace natstep::fuzz::testing
