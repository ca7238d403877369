// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/missing.h"

#include "harness/report/table.h"
#include "model/missing.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using ::testing::HasSubstr;

TEST(MissingReport, SaysWhatWhyWhereAndWithWhichWords) {
  const std::string text = missing_text();
  EXPECT_THAT(text, HasSubstr("INCONCLUSIVE  ip_option\n  what       IP option ...\n"));
  EXPECT_THAT(text, HasSubstr("OUT OF REACH  ipsec\n"));
  EXPECT_THAT(text, HasSubstr("run says   the model does not understand `...` in the rules\n"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), report_width) << line;
}

TEST(MissingReport, AsJson) {
  const auto parsed = nlohmann::json::parse(missing_json());
  ASSERT_EQ(parsed["missing"].size(), model::all_missing().size());
  for (const auto& each : parsed["missing"]) {
    for (const char* key : {"id", "area", "what", "why", "kernel", "met", "run_says"})
      EXPECT_FALSE(each[key].get<std::string>().empty()) << each;
  }
}

}  // namespace
}  // namespace natstep::harness
