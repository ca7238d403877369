// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/profile_report.h"

#include "harness/report/table.h"

#include <filesystem>
#include <functional>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

void expect_narrow(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), report_width) << line;
}

TEST(ProfileDiff, SaysWhatPacketsMeetOtherwise) {
  const std::string text = diff_text(*model::find_profile("6.1"), *model::find_profile("7.2"));
  EXPECT_THAT(text,
              HasSubstr("dnat_range_starts_at_min\n"
                        "  linux-6.1  The search in a port range of DNAT begins at a random "
                        "port.\n"
                        "  linux-7.2  The search in a port range of DNAT begins at the lowest "
                        "port.\n"
                        "  has it     since 6.3\n"));
  EXPECT_THAT(text, HasSubstr("clauses    time_wait_entry_evicted: \""));
  EXPECT_THAT(text, Not(HasSubstr("window_ignore_outside"))) << "both have it";
  expect_narrow(text);
}

TEST(ProfileDiff, OfOneAndTheSameIsEmpty) {
  const auto profile = *model::find_profile("6.18");
  EXPECT_THAT(diff_text(profile, profile), HasSubstr("0 of "));
  EXPECT_TRUE(nlohmann::json::parse(diff_json(profile, profile))["differences"].empty());
}

TEST(Probes, AreScenariosOfTheCorpus) {
  namespace fs = std::filesystem;
  std::set<std::string, std::less<>> names{""};
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(NATSTEP_SOURCE_DIR) / "corpus"))
    names.insert(entry.path().stem());
  for (const model::Feature& feature : model::features())
    EXPECT_TRUE(names.contains(feature.probe)) << feature.name;
}

TEST(ProfileReport, SaysHowEachValueIsKnown) {
  const auto* eviction = model::find_feature("time_wait_eviction");
  const auto* dccp = model::find_feature("dccp_conntrack");
  ASSERT_TRUE(eviction && dccp);
  const std::vector<FeatureValue> values{{.feature = eviction,
                                          .by_version = false,
                                          .value = true,
                                          .known = Known::probed,
                                          .by = "corpus/x.nat"},
                                         {.feature = dccp, .by_version = false, .value = false}};
  const std::string text = profile_text(values, "Linux 6.1.0", "linux-6.1");
  EXPECT_THAT(text, HasSubstr("YES  time_wait_eviction\n"));
  EXPECT_THAT(text, HasSubstr("probed by corpus/x.nat, against what its version has\n"));
  EXPECT_THAT(text, HasSubstr("NO   dccp_conntrack\n"));
  EXPECT_THAT(text, HasSubstr("2 features, 1 of them probed, 1 other than by version\n"));
  expect_narrow(text);
  const auto parsed = nlohmann::json::parse(profile_json(values, "Linux 6.1.0", "linux-6.1"));
  EXPECT_EQ(parsed["features"][0]["known"], "probed");
  EXPECT_EQ(parsed["features"][1]["value"], false);

  const model::Profile probed = with_values(*model::find_profile("6.1"), values);
  EXPECT_TRUE(probed.time_wait_eviction);
  EXPECT_FALSE(probed.dccp_conntrack);
}

}  // namespace
}  // namespace natstep::harness
