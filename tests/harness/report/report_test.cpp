// SPDX-License-Identifier: GPL-2.0-or-later
// Reports against golden files. After a wanted change: NATSTEP_UPDATE_GOLDEN=1 ctest -R Report, and
// read the difference.
#include "harness/report/report.h"

#include "harness/report/table.h"
#include "model/wire/ipv4.h"
#include "tests/harness/lockstep/two_voices.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness::testing {
namespace {

using ::testing::StartsWith;

ReportContext context() {
  return {.kernel = "Linux 6.18.44 x86_64",
          .profile = "linux-6.18",
          .version = "1f3c9ab",
          .artefacts = "out/test",
          .repeatability = "repeatable 20 of 20      minimised from 9 steps and 4 rules"};
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_golden(const std::string& name, const std::string& text) {
  const auto path = std::string(NATSTEP_SOURCE_DIR "/tests/golden/") + name;
  if (std::getenv("NATSTEP_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, read(path));
}

class Report : public ::testing::Test {
 protected:
  Outcome played(LockstepOptions options = {}) {
    return play_against(scenario_, rules_, kernel_, options);
  }
  std::string reported(LockstepOptions options = {}) {
    return report(scenario_, played(options), context());
  }

  Scenario scenario_ = parse(masquerade);
  model::Ruleset rules_ = masquerade_rules(scenario_.topology);
  std::vector<Recording> kernel_ = agreeing_kernel(scenario_, rules_);
};

TEST_F(Report, Agreed) {
  EXPECT_EQ(reported(), "AGREED  test.nat  2 steps, 4 packets\n");
}

TEST_F(Report, FramesDiffer) {
  auto& frame = kernel_[0].observation.frames[0].bytes;
  frame[26] = frame[27] = 0;  // the checksum, taken away
  expect_golden("frames_differ.txt", reported());
}

TEST_F(Report, KernelDrops) {
  kernel_[1].observation.frames.clear();
  expect_golden("kernel_drops.txt", reported());
}

TEST_F(Report, EntryDiffers) {
  kernel_[1].entries[0].status &= ~model::status::seen_reply;
  expect_golden("entry_differs.txt", reported());
}

TEST_F(Report, WalkDiffers) {
  kernel_[0].observation.taps[2].bytes[wire::ipv4::ttl] = 7;
  expect_golden("walk_differs.txt", reported());
}

TEST_F(Report, PinIsWrong) {
  std::string text(masquerade);
  text.replace(text.find("203.0.113.1:4000 >"), 18, "203.0.113.7:4000 >");
  scenario_ = parse(text);
  expect_golden("pin_is_wrong.txt", reported());
}

TEST_F(Report, Inconclusive) {
  kernel_[0].observation.refused = "EINVAL: Invalid argument";
  EXPECT_EQ(
      reported(),
      "INCONCLUSIVE  test.nat:4  the port does not take this packet: EINVAL: Invalid argument\n");
}

TEST_F(Report, IsNeverTooWide) {
  for (auto& byte : kernel_[0].observation.frames[0].bytes)
    byte ^= 0x55;
  std::istringstream lines(reported());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  as Scapy")) continue;  // to be copied in one piece
    EXPECT_LE(line.size(), report_width) << line;
  }
}

TEST_F(Report, IsColouredOnlyOnDemand) {
  kernel_[0].observation.frames.clear();
  auto with_colour = context();
  with_colour.colour = true;
  EXPECT_THAT(report(scenario_, played(), with_colour), StartsWith("\033[1;31mDIVERGED\033[0m"));
  EXPECT_EQ(reported().find('\033'), std::string::npos);
}

TEST_F(Report, ExplainShowsBothSidesWhenTheyAgree) {
  LockstepOptions options;
  options.keep_records = true;
  options.detail = model::WalkDetail::full;
  expect_golden("explain_agreed.txt", explain(scenario_, played(options), context()));
}

}  // namespace
}  // namespace natstep::harness::testing
