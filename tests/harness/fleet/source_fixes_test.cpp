// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/source_fixes.h"

#include "harness/fleet/command.h"
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

  [[nodiscard]] std::string compiled(const std::string& source) const {
    write_file(file_, source);
    return output_of({write_compiler(tree_).native(), "-E", "-P", file_.native()});
  }

  const fs::path tree_ = fs::temp_directory_path() / ("source_fixes_" + std::to_string(::getpid()));
  const fs::path file_ = tree_ / "arch/x86/um/user-offsets.c";
};

TEST_F(SourceFixes, MakeRoomForTheRegistersOfNewerProcessors) {
  const std::string source = "LONGS(HOST_FP_SIZE, 2696);\nLONG(HOST_IP, RIP);\n";
  EXPECT_EQ(compiled(source), "LONGS(HOST_FP_SIZE, 16384);\nLONG(HOST_IP, RIP);\n");
  EXPECT_EQ(content_of(file_), source);
}

TEST_F(SourceFixes, PassOverWhatReadsOtherwise) {
  EXPECT_EQ(compiled("LONG(HOST_IP, RIP);\n"), "LONG(HOST_IP, RIP);\n");
}

TEST_F(SourceFixes, LeaveOtherSourcesAlone) {
  const fs::path other = tree_ / "other.c";
  write_file(other, "HOST_FP_SIZE, 2696\n");
  EXPECT_EQ(output_of({write_compiler(tree_).native(), "-E", "-P", other.native()}),
            "HOST_FP_SIZE, 2696\n");
}

}  // namespace
}  // namespace natstep::harness
