// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/finding_store.h"

#include "harness/finding/durable.h"
#include "netns/dut.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace natstep::harness::testing {
namespace {

namespace fs = std::filesystem;

Signature signature(std::string field) {
  return {.aspect = "frames", .field = std::move(field)};
}

const std::vector<FileOfFinding> files{{.name = "scenario.nat", .content = "# One.\n"},
                                       {.name = "report.txt", .content = std::string(20000, 'r')}};

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class FindingStoreTest : public ::testing::Test {
 protected:
  FindingStoreTest()
      : directory_(fs::temp_directory_path() / ("finding_store_" + std::to_string(::getpid()))) {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  ~FindingStoreTest() override { fs::remove_all(directory_); }

  fs::path directory_;
};

/// Every folder that can be seen has all its files in full length.
void expect_whole(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory / "findings")) {
    if (entry.path().filename().native().starts_with('.')) continue;
    for (const auto& file : files)
      EXPECT_EQ(text_of(entry.path() / file.name), file.content) << entry.path();
    EXPECT_FALSE(text_of(entry.path() / "signature.txt").empty());
    EXPECT_FALSE(text_of(entry.path() / "seen.json").empty());
  }
}

TEST_F(FindingStoreTest, ASignatureHasOneFolder) {
  FindingStore store(directory_);
  EXPECT_FALSE(store.knows(signature("udp.checksum")));
  EXPECT_EQ(store.add(signature("udp.checksum"), files, 100), Added::is_new);
  EXPECT_TRUE(store.knows(signature("udp.checksum")));
  EXPECT_EQ(store.add(signature("udp.checksum"), {}, 200), Added::is_known);
  EXPECT_EQ(store.add(signature("ipv4.ttl"), files, 150), Added::is_new);
  const auto findings = read_findings(directory_);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].signature, signature("udp.checksum"));
  EXPECT_EQ(findings[0].seen, (Sightings{.count = 2, .first = 100, .last = 200}));
  EXPECT_EQ(findings[1].seen, (Sightings{.count = 1, .first = 150, .last = 150}));
  expect_whole(directory_);
}

TEST_F(FindingStoreTest, AnotherProcessGoesOnWithTheSameStore) {
  FindingStore(directory_).add(signature("udp.checksum"), files, 100);
  EXPECT_EQ(FindingStore(directory_).add(signature("udp.checksum"), files, 101), Added::is_known);
}

TEST_F(FindingStoreTest, ShardsComeTogetherAndNothingCountsTwice) {
  FindingStore one(directory_ / "1"), two(directory_ / "2"), all(directory_ / "all");
  one.add(signature("udp.checksum"), files, 100);
  two.add(signature("udp.checksum"), files, 50);
  two.add(signature("ipv4.ttl"), files, 60);
  EXPECT_EQ(all.merge(directory_ / "1"), 1u);
  EXPECT_EQ(all.merge(directory_ / "2"), 1u);
  one.add(signature("udp.checksum"), files, 300);
  EXPECT_EQ(all.merge(directory_ / "1"), 0u);
  EXPECT_EQ(all.merge(directory_ / "1"), 0u);
  const auto findings = read_findings(directory_ / "all");
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].seen, (Sightings{.count = 3, .first = 50, .last = 300}));
  EXPECT_EQ(text_of(findings[0].folder / "report.txt"), files[1].content);
}

TEST_F(FindingStoreTest, AFolderIsMadeWithWhatIsAboveIt) {
  make_folder_durably(directory_ / "a" / "b", directory_ / ".aside", files);
  EXPECT_EQ(text_of(directory_ / "a" / "b" / "scenario.nat"), "# One.\n");
  EXPECT_FALSE(fs::exists(directory_ / ".aside"));
  EXPECT_THROW(make_folder_durably(directory_ / "a" / "b", directory_ / ".aside", files),
               netns::EnvironmentError);
  EXPECT_FALSE(fs::exists(directory_ / ".aside"));
}

TEST_F(FindingStoreTest, FoldersOfOthersArePassedOver) {
  FindingStore store(directory_);
  store.add(signature("udp.checksum"), files, 100);
  fs::create_directories(directory_ / "findings" / "notes");
  std::ofstream(directory_ / "findings" / "README") << "mine\n";
  EXPECT_EQ(read_findings(directory_).size(), 1u);
  EXPECT_THAT(read_findings(directory_ / "nowhere"), ::testing::IsEmpty());
}

/// Runs `work` in a process of its own; its exit status, or minus the signal that ended it.
int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      ::_exit(work());
    } catch (const std::exception& error) {
      std::cerr << error.what() << '\n';
      ::_exit(2);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

TEST_F(FindingStoreTest, KilledAtAnyMomentItHasWhatItAnnounced) {
  for (int round = 0; round < 10; ++round) {
    std::array<int, 2> announced{};
    ASSERT_EQ(::pipe(announced.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      FindingStore store(directory_);
      for (int i = 0;; ++i) {
        const auto name = "field" + std::to_string(round) + "_" + std::to_string(i);
        store.add(signature(name), files, 1);
        if (::write(announced[1], "x", 1) != 1) ::_exit(1);
      }
    }
    // The more rounds, the later: wherever in the writing of a finding the signal comes.
    char one = 0;
    for (int i = 0; i <= round; ++i)
      ASSERT_EQ(::read(announced[0], &one, 1), 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(announced[1]);
    int count = round + 1;
    while (::read(announced[0], &one, 1) == 1)
      ++count;
    ::close(announced[0]);
    for (int i = 0; i < count; ++i)
      EXPECT_TRUE(FindingStore(directory_)
                      .knows(signature("field" + std::to_string(round) + "_" + std::to_string(i))));
    expect_whole(directory_);
  }
  EXPECT_FALSE(fs::exists(directory_ / "findings" / ".incoming"));
}

/// A file system of 64 KiB of its own, on which findings are added until it is full.
int fill_small_disk(const fs::path& place) {
  constexpr int cannot = 4, half_written = 3;
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return cannot;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
  std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  if (::mount("none", place.c_str(), "tmpfs", 0, "size=64k") != 0) return cannot;
  FindingStore store(place);
  int added = 0;
  try {
    for (; added < 100; ++added)
      store.add(signature("field" + std::to_string(added)), files, 1);
  } catch (const netns::EnvironmentError&) {
    const auto findings = read_findings(place);
    const auto whole = [](const StoredFinding& finding) {
      return text_of(finding.folder / "report.txt") == files[1].content;
    };
    const bool good =
        findings.size() == static_cast<std::size_t>(added) && std::ranges::all_of(findings, whole);
    return good && added > 0 ? 0 : half_written;
  }
  return 1;
}

TEST_F(FindingStoreTest, AFullDiskLosesNothing) {
  const int result = in_child([&] { return fill_small_disk(directory_); });
  if (result == 4) GTEST_SKIP() << "no file system can be mounted here";
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace natstep::harness::testing
