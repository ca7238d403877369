// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of requirements: what they name exists, and nothing is left without a treatment.
#include "harness/rfc/requirement.h"

#include "harness/rfc/conformance.h"
#include "model/clause.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

std::set<std::string, std::less<>> corpus_names() {
  std::set<std::string, std::less<>> names;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(NATSTEP_SOURCE_DIR) / "corpus"))
    if (entry.path().extension() == ".nat") names.insert(entry.path().stem());
  return names;
}

template <typename Check>
void for_each_requirement(const Check& check) {
  for (const Rfc& rfc : rfcs()) {
    for (const Requirement& requirement : rfc.requirements) {
      SCOPED_TRACE("RFC " + std::to_string(rfc.number) + " " + std::string(requirement.id));
      check(requirement);
    }
  }
}

TEST(Requirements, NameScenariosThatExist) {
  const auto known = corpus_names();
  for (const std::string_view name : scenarios_of(rfcs()))
    EXPECT_TRUE(known.contains(name)) << name;
}

TEST(Requirements, HaveIdsOfTheirOwn) {
  for (const Rfc& rfc : rfcs()) {
    std::set<std::string_view> ids;
    for (const Requirement& requirement : rfc.requirements)
      EXPECT_TRUE(ids.insert(requirement.id).second) << rfc.number << " " << requirement.id;
  }
}

TEST(Requirements, AreTestedOrSayWhyNot) {
  for_each_requirement([](const Requirement& requirement) {
    EXPECT_FALSE(requirement.asks.empty());
    if (requirement.treatment == Treatment::tested) {
      EXPECT_FALSE(requirement.scenarios.empty());
      return;
    }
    EXPECT_FALSE(requirement.why.empty());
    EXPECT_TRUE(requirement.scenarios.empty() && requirement.configured.empty());
  });
}

TEST(Requirements, ShowWhatTheirRuleDoes) {
  for_each_requirement([](const Requirement& requirement) {
    EXPECT_EQ(requirement.rule.empty(), requirement.configured.empty());
  });
}

TEST(Requirements, AreBrokenByClausesThatDeviate) {
  for_each_requirement([](const Requirement& requirement) {
    for (const std::string_view id : requirement.broken_by) {
      const auto clause = model::find_clause(id);
      ASSERT_TRUE(clause) << id;
      EXPECT_EQ(model::info(*clause).conformance, model::Conformance::deviates) << id;
    }
  });
}

TEST(Requirements, OfEveryRfcThatWasRead) {
  for (const unsigned number : {3022u, 4787u, 5382u, 5508u, 5597u, 6888u, 7857u})
    EXPECT_EQ(std::ranges::count(rfcs(), number, &Rfc::number), 1) << number;
}

}  // namespace
}  // namespace natstep::harness
