// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rfc/conformance.h"

#include "model/clause.h"
#include "tests/harness/rfc/support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<Conformity> conformities(const std::vector<Judgement>& judgements) {
  std::vector<Conformity> found;
  for (const Judgement& judgement : judgements)
    found.push_back(judgement.conformity);
  return found;
}

TEST(Conformance, EachKindOfVerdict) {
  const auto table = small_table();
  EXPECT_THAT(conformities(judge(table, small_summary())),
              ElementsAre(Conformity::conforms, Conformity::deviates, Conformity::configurable,
                          Conformity::undecided, Conformity::untested));
}

TEST(Conformance, ScenariosThatWereNotRunDecideNothing) {
  const auto table = small_table();
  const auto judgements = judge(table, {});
  EXPECT_EQ(judgements[0].conformity, Conformity::undecided);
  EXPECT_THAT(judgements[0].undecided, HasSubstr("translates was not run"));
}

TEST(Conformance, ScenariosForOtherKernelsSayNothing) {
  const auto table = small_table();
  Summary summary = small_summary();
  for (Result& result : summary.results)
    result.pins_speak = false;
  EXPECT_EQ(judge(table, summary)[0].conformity, Conformity::untested);
  EXPECT_EQ(judge(table, summary)[1].conformity, Conformity::untested);
}

TEST(Conformance, WhatDivergedNeverConforms) {
  const auto table = small_table();
  Summary summary = small_summary();
  summary.results[0].verdict = Verdict::diverged;
  summary.results[2].verdict = Verdict::diverged;
  const auto judgements = judge(table, summary);
  EXPECT_EQ(judgements[0].conformity, Conformity::undecided);
  EXPECT_EQ(judgements[2].conformity, Conformity::undecided) << "its rule is not shown to help";
}

TEST(Conformance, ARuleThatFallsShortDoesNotHelp) {
  const auto table = small_table();
  Summary summary = small_summary();
  summary.results[2].shortfalls = summary.results[1].shortfalls;
  EXPECT_EQ(judge(table, summary)[2].conformity, Conformity::deviates);
}

TEST(Conformance, AClauseThatBreaksTheRequirementIsEvidence) {
  const auto clause = model::find_clause("invalid_packet_passes_nat");
  ASSERT_TRUE(clause);
  std::vector<Rfc> table = small_table();
  table[0].requirements[0].broken_by = {"invalid_packet_passes_nat"};
  Summary summary = small_summary();
  summary.results[0].deviations.push_back({.clause = *clause, .pos = {.line = 9, .column = 1}});
  const auto judgements = judge(table, summary);
  EXPECT_EQ(judgements[0].conformity, Conformity::deviates);
  ASSERT_THAT(judgements[0].evidence, SizeIs(1));
  EXPECT_EQ(judgements[0].evidence[0].line, 9);
  EXPECT_THAT(judgements[0].evidence[0].kernel, HasSubstr("invalid_packet_passes_nat"));

  table[0].requirements[0].broken_by.clear();
  EXPECT_EQ(judge(table, summary)[0].conformity, Conformity::conforms)
      << "another requirement's deviation";
}

TEST(Conformance, NamesOfScenarios) {
  EXPECT_EQ(scenario_name("corpus/rfc/forgets.nat"), "forgets");
  EXPECT_EQ(scenario_name("forgets.nat"), "forgets");
  EXPECT_THAT(scenarios_of(small_table()),
              ElementsAre("forgets", "translates", "unclear", "with_a_rule"));
}

}  // namespace
}  // namespace natstep::harness
