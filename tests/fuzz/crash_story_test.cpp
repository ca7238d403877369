// SPDX-License-Identifier: GPL-2.0-or-later
// Crashes become scenarios. Skipped where the kernel cannot be used.
#include "fuzz/crash_story.h"

#include "fuzz/crash.h"
#include "fuzz/executor.h"
#include "fuzz/retell.h"
#include "harness/scenario/scenario_text.h"
#include "tests/fuzz/on_the_kernel.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace natstep::fuzz::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

namespace fs = std::filesystem;

class CrashStory : public OnTheKernel {
 protected:
  ~CrashStory() override { fs::remove_all(out_); }

  static std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path out_ = fs::temp_directory_path() / ("natstep-story-" + std::to_string(::getpid()));
};

// Behind SNAT to one port of TCP and UDP: the second host's port is chosen, and answered.
const Program clash{
    .box = {.source = 3},
    .ops = {{.source = Source::fresh, .dst = 1, .dst_port = 1, .content = 1},
            {.source = Source::fresh, .src = 1, .dst = 1, .dst_port = 1, .content = 1},
            {.source = Source::reply, .subject = 1, .frame = 1, .content = 2}}};

TEST_F(CrashStory, WhatTheModelSaysIsWhatTheKernelDoes) {
  for (std::uint8_t source = 0; source < 8; ++source) {
    Program program = clash;
    program.box.source = source;
    const auto retold = retell(program, options_here(), most_ops);
    ASSERT_TRUE(retold) << retold.error();
    Executor executor(options_here());
    Features features;
    executor.run(program, features);
    EXPECT_EQ(harness::print_scenario(retold->scenario),
              harness::print_scenario(executor.scenario()));
  }
}

TEST_F(CrashStory, ThePacketThatTheModelDiesOfIsTheLast) {
  const auto retold = retell(clash, options_here(), 1);
  ASSERT_TRUE(retold) << retold.error();
  EXPECT_THAT(retold->scenario.steps, SizeIs(2));
  EXPECT_THAT(retold->outcome.steps[0].prediction.frames, SizeIs(1));
  EXPECT_THAT(retold->outcome.steps[1].prediction.frames, IsEmpty());
}

TEST_F(CrashStory, ACrashHasWhatOtherFindingsHave) {
  keep_crash(out_, encode(clash), SIGSEGV);
  const auto untold = untold_crashes(out_);
  ASSERT_THAT(untold, SizeIs(1));
  tell_crash(untold.front(), options_here());
  EXPECT_THAT(untold_crashes(out_), IsEmpty());
  const fs::path& folder = untold.front();
  const auto scenario = harness::parse_scenario(text_of(folder / "scenario.nat"), "scenario.nat");
  ASSERT_TRUE(scenario) << to_string(scenario.error());
  EXPECT_THAT(scenario->steps, SizeIs(3));
  EXPECT_THAT(text_of(folder / "report.txt"), HasSubstr("natstep: Segmentation fault"));
  EXPECT_THAT(text_of(folder / "report.txt"), HasSubstr("step 3 of 3"));
  EXPECT_THAT(text_of(folder / "packets.pcapng"), Not(HasSubstr("the kernel sends")));
  EXPECT_THAT(text_of(folder / "packets.py"), HasSubstr("IP(src='10.0.1.2'"));
  EXPECT_THAT(text_of(folder / "reproduce.py"), HasSubstr("JUDGE = \"life\""));
  EXPECT_THAT(text_of(folder / "report.json"), HasSubstr("broken"));
}

TEST_F(CrashStory, ABoxThatCannotBeMadeIsToldToo) {
  Program program = clash;
  program.box.text = "topology router\nnft {\n  table ip nat {\n";
  keep_crash(out_, encode(program), SIGSEGV);
  const auto untold = untold_crashes(out_);
  ASSERT_THAT(untold, SizeIs(1));
  tell_crash(untold.front(), options_here());
  EXPECT_THAT(untold_crashes(out_), IsEmpty());
  EXPECT_THAT(text_of(untold.front() / "scenario.txt"), HasSubstr("There is no scenario: "));
}

TEST(UntoldCrashes, WithoutAProgramThereIsNothingToTell) {
  const fs::path out = fs::temp_directory_path() / ("natstep-untold-" + std::to_string(::getpid()));
  keep_kernel_crash(out, {.console = "", .silent = true});
  EXPECT_THAT(untold_crashes(out), IsEmpty());
  fs::remove_all(out);
}

}  // namespace
}  // namespace natstep::fuzz::testing
