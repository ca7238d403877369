// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/source_fixes.h"

#include "harness/fleet/file.h"
#include "harness/report/output.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

class SourceFixes : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(file_.parent_path()); }
  void TearDown() override { fs::remove_all(tree_); }

  const fs::path tree_ = fs::temp_directory_path() / ("source_fixes_" + std::to_string(::getpid()));
  const fs::path file_ = tree_ / "arch/x86/um/user-offsets.c";
};

TEST_F(SourceFixes, MakeRoomForTheRegistersOfNewerProcessors) {
  write_file(file_, "\tDEFINE_LONGS(HOST_FP_SIZE, 2696);\n\tDEFINE(HOST_IP, RIP);\n");
  fix_source(tree_);
  EXPECT_EQ(content_of(file_), "\tDEFINE_LONGS(HOST_FP_SIZE, 16384);\n\tDEFINE(HOST_IP, RIP);\n");
}

TEST_F(SourceFixes, PassOverWhatReadsOtherwise) {
  write_file(file_, "\tDEFINE(HOST_IP, RIP);\n");
  fix_source(tree_);
  EXPECT_EQ(content_of(file_), "\tDEFINE(HOST_IP, RIP);\n");
  fs::remove(file_);
  EXPECT_NO_THROW(fix_source(tree_));
}

}  // namespace
}  // namespace natstep::harness
