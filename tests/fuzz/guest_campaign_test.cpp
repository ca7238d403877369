// SPDX-License-Identifier: GPL-2.0-or-later
// What a campaign in a guest brings to the host: counts over several boots, the programs in a dead
// kernel's log, and what is kept of its death.
#include "fuzz/corpus_folder.h"
#include "fuzz/crash.h"
#include "fuzz/crash_again.h"
#include "fuzz/kernel_log.h"
#include "fuzz/page_news.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace natstep::fuzz::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(PageNews, CountsGoOnFromBootToBoot) {
  SharedPage inside, outside;
  WorkerPage& host = outside->workers[3];
  PageOfGuest guest(host);
  std::uint32_t told = 0;
  model::ClauseSet clauses;
  clauses.set(7);
  tell_counts(inside->workers[0], {.executions = 100, .features = 40}, clauses);
  inside->workers[0].last_new_ms = 5;
  guest.begin(1000);
  EXPECT_TRUE(guest.take(news_of(inside->workers[0], told)));
  EXPECT_EQ(host.executions, 100);
  EXPECT_EQ(host.last_new_ms, 1005);

  SharedPage after_a_boot;
  tell_counts(after_a_boot->workers[0], {.executions = 11, .features = 30}, {});
  guest.begin(2000);
  EXPECT_TRUE(guest.take(news_of(after_a_boot->workers[0], told)));
  EXPECT_EQ(host.executions, 111);
  EXPECT_EQ(host.features, 40);
  EXPECT_EQ(clauses_of(host), clauses);
}

TEST(PageNews, APlaceIsToldOnce) {
  SharedPage inside, outside;
  PageOfGuest guest(outside->workers[0]);
  std::uint32_t told = 0;
  tell_places(inside->workers[0], std::array<std::uint64_t, 2>{10, 20});
  EXPECT_TRUE(guest.take(news_of(inside->workers[0], told)));
  tell_places(inside->workers[0], std::array<std::uint64_t, 1>{30});
  EXPECT_TRUE(guest.take(news_of(inside->workers[0], told)));
  told = 0;  // another boot tells all of them again
  EXPECT_TRUE(guest.take(news_of(inside->workers[0], told)));
  EXPECT_EQ(outside->workers[0].place_count, 3);
  EXPECT_EQ(outside->workers[0].places[2], 30);
}

TEST(PageNews, WhatIsNoneIsRefused) {
  SharedPage outside;
  PageOfGuest guest(outside->workers[0]);
  EXPECT_FALSE(guest.take("noise"));
  EXPECT_EQ(outside->workers[0].executions, 0);
}

/// As KernelLog writes it and a dying kernel prints it.
std::string line_of(const Program& program) {
  std::string text =
      fmt::format("<7>[    3.14] natstep plays {} 0,{} ", name_of(program), encode(program).size());
  for (const std::uint8_t byte : encode(program))
    text += fmt::format("{:02x}", byte);
  return text + "\n";
}

const Program first{.ops = {{.source = Source::fresh, .kind = 9}}};
const Program second{.box = {.source = 3}, .ops = {{.source = Source::fresh, .dst = 1}}};

TEST(KernelLog, ProgramsAreReadBack) {
  const std::string log = line_of(first) + "<4>[    3.15] something else\n" + line_of(second);
  EXPECT_THAT(programs_in(log), ElementsAre(first, second));
  EXPECT_EQ(without_programs(log), "<4>[    3.15] something else\n");
}

TEST(KernelLog, LinesThatAreNotWholeAreNone) {
  const std::string line = line_of(first);
  EXPECT_THAT(programs_in(line.substr(0, line.size() - 4)), IsEmpty());
  std::string wrong = line;
  wrong[wrong.size() - 2] ^= 1;
  EXPECT_THAT(programs_in(wrong), IsEmpty());
  EXPECT_THAT(programs_in("natstep plays\nnatstep plays 0123456789abcdef x,y z\n"), IsEmpty());
}

TEST(KernelLog, LongProgramsTakeSeveralLines) {
  Program program{.ops = {{.source = Source::literal}}};
  program.ops[0].literal.assign(1000, 0xab);
  const wire::Bytes bytes = encode(program);
  std::string log;
  for (std::size_t begin = 0; begin < bytes.size(); begin += 440) {
    log += fmt::format("natstep plays {} {},{} ", name_of(program), begin, bytes.size());
    for (std::size_t i = begin; i < std::min(begin + 440, bytes.size()); ++i)
      log += fmt::format("{:02x}", bytes[i]);
    log += "\n";
  }
  EXPECT_THAT(programs_in(log), ElementsAre(program));
}

class Crashes : public ::testing::Test {
 protected:
  ~Crashes() override { std::filesystem::remove_all(out_); }

  [[nodiscard]] std::string text_of(const std::filesystem::path& path) const {
    std::ifstream file(out_ / "crashes" / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path out_ =
      std::filesystem::temp_directory_path() / ("natstep-crashes-" + std::to_string(::getpid()));
};

TEST_F(Crashes, AKernelsDeathNamesWhatWasPlayed) {
  const std::string console = line_of(first) + line_of(second) +
                              "<2>[    3.2] Kernel panic - not syncing: kernel BUG at net/x.c:7!\n"
                              "<4>[    3.2]  nf_nat_setup_info+0x1a/0x90\n";
  keep_kernel_crash(out_, {.console = console});
  const std::string folder = "oops_nf_nat_setup_info";
  EXPECT_EQ(text_of(folder + "/trouble.txt"), "oops nf_nat_setup_info\n");
  EXPECT_THAT(text_of(folder + "/console.txt"), HasSubstr("Kernel panic"));
  EXPECT_THAT(text_of(folder + "/console.txt"), Not(HasSubstr("natstep plays")));
  EXPECT_THAT(text_of(folder + "/box.txt"), HasSubstr("topology"));
  const std::string program = text_of(folder + "/program");
  EXPECT_EQ(decode(wire::Bytes(program.begin(), program.end())), second);
  EXPECT_EQ(std::ranges::count(text_of(folder + "/before.txt"), '\n'), 1);
  EXPECT_THAT(programs_of_crashes(out_), ElementsAre(name_of(second)));
}

TEST_F(Crashes, WhoPlayedNothingLeavesNothing) {
  keep_crash(out_, {}, SIGKILL);
  EXPECT_FALSE(std::filesystem::exists(out_ / "crashes"));
}

TEST_F(Crashes, ASilentGuestIsOneToo) {
  keep_kernel_crash(out_, {.console = "", .silent = true});
  EXPECT_EQ(text_of("hang_the_guest_fell_silent/trouble.txt"), "hang: the guest fell silent\n");
  EXPECT_THAT(programs_of_crashes(out_), IsEmpty());
}

TEST_F(Crashes, OnlyAKernelsIsPlayedAgainAndOnlyOnce) {
  keep_crash(out_, encode(first), SIGSEGV);
  keep_kernel_crash(out_, {.console = line_of(second), .silent = true});
  const auto hang = out_ / "crashes" / "hang_the_guest_fell_silent";
  EXPECT_THAT(crashes_to_play_again(out_), IsEmpty());  // nobody has told them
  for (const auto& entry : std::filesystem::directory_iterator(out_ / "crashes"))
    std::ofstream(entry.path() / "scenario.nat") << "topology router\n";
  EXPECT_THAT(crashes_to_play_again(out_), ElementsAre(hang));
  std::ofstream(hang / "again.txt") << "did not come again\n";
  EXPECT_THAT(crashes_to_play_again(out_), IsEmpty());
}

TEST(CrashAgain, IsTheSameOrAnotherOrNone) {
  harness::Result result;
  result.verdict = harness::Verdict::broken;
  result.reason = "kernel: oops nf_nat_setup_info";
  EXPECT_EQ(words_about_again("oops nf_nat_setup_info", result), "repeats 1 of 1");
  EXPECT_EQ(words_about_again("WARN nf_nat_packet", result),
            "dies otherwise: oops nf_nat_setup_info");
  result.reason = "kernel: hang: no answer for 120 s";
  EXPECT_EQ(words_about_again("hang: the guest fell silent", result), "repeats 1 of 1");
  result.reason = "kernel uml does not boot";
  EXPECT_EQ(words_about_again("hang: the guest fell silent", result),
            "was not played: kernel uml does not boot");
  result.verdict = harness::Verdict::diverged;
  result.reason.clear();
  EXPECT_EQ(words_about_again("oops nf_nat_setup_info", result), "did not come again");
}

}  // namespace
}  // namespace natstep::fuzz::testing
