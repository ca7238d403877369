// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/output.h"

#include "netns/dut.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

class Output : public ::testing::Test {
 protected:
  Output() {
    std::string pattern = fs::temp_directory_path() / "natstep_output_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  ~Output() override { fs::remove_all(root_); }

  [[nodiscard]] std::string content(const fs::path& path) const {
    std::ifstream file(root_ / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(root_), fs::directory_iterator()));
  }

  fs::path root_;
};

/// Files of this process cannot grow: what a full disk looks like to write().
class NoRoomForFiles {
 public:
  NoRoomForFiles() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{.rlim_cur = 4, .rlim_max = before_.rlim_max};
    std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoRoomForFiles() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Output, WritesAndReplaces) {
  write_file(root_ / "a", "one");
  write_file(root_ / "a", "two");
  EXPECT_EQ(content("a"), "two");
  EXPECT_EQ(files(), 1U);
}

TEST_F(Output, AFullDiskLeavesWhatWasThere) {
  write_file(root_ / "a", "one");
  {
    const NoRoomForFiles full;
    EXPECT_THROW(write_file(root_ / "a", "longer than four"), netns::EnvironmentError);
  }
  EXPECT_EQ(content("a"), "one");
  EXPECT_EQ(files(), 1U) << "the temporary file stayed";
}

TEST_F(Output, AFolderThatCannotBeIsTold) {
  write_file(root_ / "a", "a file");
  EXPECT_THROW(prepare_folder(root_ / "a"), netns::EnvironmentError);
  EXPECT_THROW(prepare_folder(root_ / "a" / "b"), netns::EnvironmentError);
  prepare_folder(root_ / "new" / "deep");
  EXPECT_TRUE(fs::is_directory(root_ / "new" / "deep"));
}

}  // namespace
}  // namespace natstep::harness
