// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/leftovers.h"

#include "harness/report/output.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LeftoversTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* folder : {"kernels/6.1", "sources/linux-source-6.1_6.1.176-1",
                               "sources/linux-source-6.12_6.12.107-1", "build/uml-6.1"}) {
      fs::create_directories(cache_ / folder);
      write_file(cache_ / folder / "file", "12345");
    }
  }
  void TearDown() override { fs::remove_all(cache_); }

  [[nodiscard]] std::vector<std::string> meant_by(const std::string& wanted) const {
    std::vector<std::string> names;
    for (const Leftover& leftover : leftovers_meant(leftovers_in(cache_), wanted))
      names.push_back(leftover.name);
    return names;
  }

  const fs::path cache_ = fs::path(::testing::TempDir()) / "leftovers";
};

TEST_F(LeftoversTest, AreNamedByWhatTheyAre) {
  std::vector<std::string> names;
  for (const Leftover& leftover : leftovers_in(cache_))
    names.push_back(leftover.name);
  EXPECT_THAT(names, ElementsAre("build/uml-6.1", "sources/linux-source-6.12_6.12.107-1",
                                 "sources/linux-source-6.1_6.1.176-1"));
  EXPECT_THAT(leftovers_in(cache_ / "nowhere"), IsEmpty());
}

TEST_F(LeftoversTest, APackageMeansItsSourceAndNoOther) {
  EXPECT_THAT(meant_by("linux-source-6.1"), ElementsAre("sources/linux-source-6.1_6.1.176-1"));
  EXPECT_THAT(meant_by("linux-source-6.12_6.12.107-1"),
              ElementsAre("sources/linux-source-6.12_6.12.107-1"));
  EXPECT_THAT(meant_by("build/uml-6.1"), ElementsAre("build/uml-6.1"));
  EXPECT_THAT(meant_by("linux-source-6"), IsEmpty());
}

TEST_F(LeftoversTest, CountsWhatLiesBelow) {
  fs::create_symlink(cache_ / "build/uml-6.1/file", cache_ / "build/link");
  EXPECT_EQ(bytes_below(cache_ / "build"), 5U);
}

}  // namespace
}  // namespace natstep::harness
