// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/runner.h"

#include <chrono>
#include <cstdlib>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

struct Collected {
  std::map<std::size_t, std::string> done;
  std::map<std::size_t, std::string> lost;
  RunEnd end{};
};

Collected collect(std::size_t items, RunnerOptions options, const Work& work) {
  Collected collected;
  const RunnerEvents events{
      .done = [&](std::size_t item,
                  std::string message) { collected.done[item] = std::move(message); },
      .lost = [&](std::size_t item, const std::string& why) { collected.lost[item] = why; }};
  collected.end = run_items(
      items, options, [&] { return work; }, events);
  return collected;
}

TEST(Runner, DoesEveryItemOnce) {
  const auto collected =
      collect(50, {.jobs = 4}, [](std::size_t item) { return std::to_string(item * item); });
  ASSERT_THAT(collected.done, SizeIs(50));
  for (const auto& [item, message] : collected.done)
    EXPECT_EQ(message, std::to_string(item * item));
  EXPECT_THAT(collected.lost, SizeIs(0));
  EXPECT_EQ(collected.end, RunEnd::complete);
}

TEST(Runner, NothingToDoIsDone) {
  EXPECT_EQ(collect(0, {.jobs = 4}, [](std::size_t) { return std::string(); }).end,
            RunEnd::complete);
}

TEST(Runner, CarriesEmptyBinaryAndLargeMessages) {
  const auto collected = collect(3, {.jobs = 2}, [](std::size_t item) {
    if (item == 0) return std::string();
    return std::string(item == 1 ? 3 : 5'000'000, '\0');
  });
  EXPECT_EQ(collected.done.at(0), "");
  EXPECT_EQ(collected.done.at(1), std::string(3, '\0'));
  EXPECT_EQ(collected.done.at(2), std::string(5'000'000, '\0'));
}

TEST(Runner, WorkersArePreparedOnceEachAndKeepTheirState) {
  int prepared = 0;
  const MakeWork make_work = [&]() -> Work {
    ++prepared;
    return [&, count = 0](std::size_t) mutable {
      return std::to_string(prepared) + "/" + std::to_string(++count);
    };
  };
  std::map<std::size_t, std::string> done;
  const RunnerEvents events{
      .done = [&](std::size_t item, std::string message) { done[item] = std::move(message); },
      .lost = [](std::size_t, const std::string&) { FAIL(); }};
  run_items(3, {.jobs = 1}, make_work, events);
  EXPECT_THAT(done, ElementsAre(Pair(0, "1/1"), Pair(1, "1/2"), Pair(2, "1/3")));
  EXPECT_EQ(prepared, 0) << "prepared in the parent";
}

TEST(Runner, AWorkerThatDiesCostsOneItem) {
  const auto collected = collect(20, {.jobs = 3}, [](std::size_t item) {
    if (item == 7) ::raise(SIGSEGV);
    if (item == 8) ::_exit(9);
    return std::string("fine");
  });
  EXPECT_THAT(collected.done, SizeIs(18));
  EXPECT_THAT(collected.lost,
              ElementsAre(Pair(7, "killed by SIGSEGV"), Pair(8, "exited with status 9")));
  EXPECT_EQ(collected.end, RunEnd::complete);
}

TEST(Runner, EveryWorkerMayDie) {
  const auto collected = collect(5, {.jobs = 2}, [](std::size_t) -> std::string { ::_exit(1); });
  EXPECT_THAT(collected.lost, SizeIs(5));
}

TEST(Runner, AnExceptionCostsOneItem) {
  const auto collected = collect(3, {.jobs = 1}, [](std::size_t item) {
    if (item == 1) throw std::runtime_error("no");
    return std::string("fine");
  });
  EXPECT_THAT(collected.done, SizeIs(2));
  EXPECT_THAT(collected.lost, ElementsAre(Pair(1, "exited with status 1")));
}

TEST(Runner, ASilentWorkerIsKilled) {
  const auto collected =
      collect(3, {.jobs = 1, .patience = std::chrono::seconds(1)}, [](std::size_t item) {
        while (item == 1)
          ::pause();
        return std::string("fine");
      });
  EXPECT_THAT(collected.done, SizeIs(2));
  EXPECT_THAT(collected.lost, ElementsAre(Pair(1, "no answer for 1 s")));
}

TEST(Runner, ASignalEndsTheRunButNotTheItemsInFlight) {
  const pid_t parent = ::getpid();
  const auto collected = collect(1000, {.jobs = 2}, [&](std::size_t item) {
    if (item == 10) ::kill(parent, SIGINT);
    return std::string("fine");
  });
  EXPECT_EQ(collected.end, RunEnd::interrupted);
  EXPECT_GE(collected.done.size(), 11U);
  EXPECT_LT(collected.done.size(), 1000U);
  EXPECT_TRUE(collected.done.contains(10)) << "the item in flight was given up";
}

TEST(Runner, LeavesTheSignalsAsTheyWere) {
  collect(1, {.jobs = 1}, [](std::size_t) { return std::string(); });
  sigset_t now;
  sigprocmask(SIG_SETMASK, nullptr, &now);
  EXPECT_EQ(sigismember(&now, SIGINT), 0);
}

}  // namespace
}  // namespace natstep::harness
