// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rfc/rfc_report.h"

#include "harness/report/table.h"
#include "tests/harness/rfc/support.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string golden(const std::string& name) {
  std::ifstream file(NATSTEP_SOURCE_DIR "/tests/golden/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class RfcReports : public ::testing::Test {
 protected:
  const std::vector<Rfc> table_ = small_table();
  const Summary summary_ = small_summary();
  const std::vector<Judgement> judgements_ = judge(table_, summary_);
  const RfcReport report_{.rfcs = table_, .judgements = judgements_, .summary = summary_};
};

TEST_F(RfcReports, InWords) {
  EXPECT_EQ(rfc_text(report_), golden("rfc.txt"));
}

TEST_F(RfcReports, NoLineIsTooLong) {
  std::istringstream text(rfc_text(report_));
  for (std::string line; std::getline(text, line);)
    EXPECT_LE(line.size(), report_width) << line;
}

TEST_F(RfcReports, AsJson) {
  EXPECT_EQ(rfc_json(report_), golden("rfc.json"));
  const auto parsed = nlohmann::json::parse(rfc_json(report_));
  EXPECT_EQ(parsed["counts"]["configurable"], 1);
  EXPECT_EQ(parsed["rfcs"][0]["requirements"][1]["evidence"][0]["bytes"][0], "4500001c");
}

TEST_F(RfcReports, AsOnePageOfItsOwn) {
  const std::string page = rfc_html(report_);
  EXPECT_THAT(page, HasSubstr("It refuses &lt;nobody&gt; &amp; &quot;everybody&quot;."));
  EXPECT_THAT(page, Not(HasSubstr("<nobody>")));
  EXPECT_THAT(page, Not(HasSubstr("src="))) << "nothing is fetched";
  EXPECT_THAT(page, HasSubstr("CONFIGURABLE"));
}

}  // namespace
}  // namespace natstep::harness
