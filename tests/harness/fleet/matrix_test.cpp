// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/matrix.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result result(const std::string& path, Verdict verdict, const Behaviour& behaviour) {
  Result made = without_outcome({.path = path, .area = "tcp"}, verdict, {});
  made.behaviour = encode(behaviour);
  return made;
}

Behaviour behaviour(const std::string& sight) {
  return {{.line = 7, .sent = "in lan tcp", .seen = {"out wan tcp", sight}}};
}

MatrixColumn column(const std::string& kernel, std::vector<Result> results) {
  MatrixColumn made{
      .kernel = kernel, .profile = model::profile_for_release(kernel), .summary = {}, .again = {}};
  made.summary.results = std::move(results);
  return made;
}

TEST(Behaviour, ATimeoutMayHaveRunOnForAMoment) {
  EXPECT_TRUE(is_same_sight("ct tcp a > b timeout 300", "ct tcp a > b timeout 299"));
  EXPECT_FALSE(is_same_sight("ct tcp a > b timeout 300", "ct tcp a > b timeout 10"));
  EXPECT_FALSE(is_same_sight("ct tcp a > b timeout 300", "ct tcp a > c timeout 300"));
  EXPECT_FALSE(is_same_sight("out wan udp a > b", "out wan udp a > c"));
  EXPECT_FALSE(is_same_sight("out wan udp a > b \"timeout 3\"", "out wan udp a > b \"timeout 2\""));
}

TEST(Behaviour, OrderAndNumberOfFramesCount) {
  const auto of = [](std::vector<std::string> seen) {
    return Behaviour{{.line = 7, .sent = "in lan udp", .seen = std::move(seen)}};
  };
  const auto order =
      first_difference(of({"out wan a", "out wan b"}), of({"out wan b", "out wan a"}));
  ASSERT_TRUE(order);
  EXPECT_THAT(order->left, ElementsAre("out wan a", "out wan b"));
  EXPECT_THAT(order->right, ElementsAre("out wan b", "out wan a"));
  const auto number = first_difference(of({"out wan a", "out wan a"}), of({"out wan a"}));
  ASSERT_TRUE(number);
  EXPECT_THAT(number->left, ElementsAre("out wan a"));
  EXPECT_TRUE(number->right.empty());
}

TEST(Behaviour, ComesThroughUnchanged) {
  const Behaviour before = behaviour("ct \"quoted\" timeout 3");
  const Behaviour after = decode_behaviour(encode(before));
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].line, 7);
  EXPECT_EQ(after[0].seen, before[0].seen);
  EXPECT_TRUE(decode_behaviour("").empty());
}

TEST(Behaviour, TheFirstDifferenceNamesWhatOnlyOneShows) {
  const auto difference = first_difference(behaviour("ct timeout 10"), behaviour("ct timeout 300"));
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->line, 7);
  EXPECT_THAT(difference->left, ElementsAre("ct timeout 10"));
  EXPECT_THAT(difference->right, ElementsAre("ct timeout 300"));
  EXPECT_FALSE(first_difference(behaviour("x"), behaviour("x")));
}

TEST(Matrix, WhatAKernelIsFreeToChooseIsNoChange) {
  const Behaviour once{{.line = 1, .sent = "s", .seen = {"out wan udp a:1000"}},
                       {.line = 2, .sent = "s", .seen = {"ct steady"}}};
  Behaviour again = once;
  again[0].seen = {"out wan udp a:2000"};
  EXPECT_TRUE(settled(once, again).empty());
  EXPECT_EQ(settled(once, once).size(), 2U);
}

TEST(Behaviour, WhatAKernelIsFreeToChooseIsNoDifference) {
  const auto chosen = [](const std::string& port) {
    return Behaviour{{.line = 1, .sent = "s", .seen = {"out wan udp a:" + port}, .free = true},
                     {.line = 2, .sent = "s", .seen = {"out lan udp b:" + port}}};
  };
  EXPECT_FALSE(first_difference(chosen("1000"), chosen("2000")));
  // Unless a feature that parts the kernels is at work there.
  Behaviour by_feature = chosen("2000");
  by_feature[0].features = {"rst_inexact_awaits_ack"};
  const auto difference = first_difference(chosen("1000"), by_feature);
  ASSERT_TRUE(difference);
  EXPECT_THAT(difference->features, ElementsAre("rst_inexact_awaits_ack"));
  EXPECT_TRUE(decode_behaviour(encode(by_feature))[0].free);
}

TEST(Matrix, WhatTheModelExplainsIsNotLookedAtAgain) {
  Behaviour older = behaviour("ct timeout 10");
  older[0].features = {"rst_inexact_awaits_ack"};
  std::vector<MatrixColumn> columns;
  columns.push_back(column("6.12.116-1", {result("c/tcp/a.nat", Verdict::agreed, older)}));
  columns.push_back(
      column("6.12.117-1", {result("c/tcp/a.nat", Verdict::agreed, behaviour("ct timeout 300"))}));
  EXPECT_THAT(worth_another_look(columns), ElementsAre(IsEmpty(), IsEmpty()));
  const Matrix matrix = make_matrix(std::move(columns), {});
  const std::string text = matrix_text(matrix);
  EXPECT_THAT(text, HasSubstr("rst_inexact_awaits_ack, net/netfilter"));
  EXPECT_THAT(text, HasSubstr("shown by 1 scenario, such as c/tcp/a.nat:7"));
}

TEST(Matrix, NamesWhatChangesBetweenNeighbours) {
  std::vector<MatrixColumn> columns;
  columns.push_back(column(
      "6.12.116-1", {result("c/tcp/rst.nat", Verdict::diverged, behaviour("ct timeout 10"))}));
  columns.push_back(column(
      "6.12.117-1", {result("c/tcp/rst.nat", Verdict::agreed, behaviour("ct timeout 300"))}));
  EXPECT_THAT(worth_another_look(columns),
              ElementsAre(ElementsAre("c/tcp/rst.nat"), ElementsAre("c/tcp/rst.nat")));
  const Matrix matrix =
      make_matrix(std::move(columns),
                  {{"c/tcp/rst.nat", {.claim = "A reset is not believed", .features = {}}}});
  ASSERT_EQ(matrix.changes.size(), 1U);
  const std::string text = matrix_text(matrix);
  EXPECT_THAT(text, HasSubstr("6.12.116-1 -> 6.12.117-1\n"
                              "  not shown by these scenarios: rst_inexact_awaits_ack\n"));
  EXPECT_THAT(text, HasSubstr("  explained by no feature of the model:\n"
                              "  c/tcp/rst.nat:7  A reset is not believed\n"
                              "      in lan tcp\n"
                              "      6.12.116-1: ct timeout 10\n"
                              "      6.12.117-1: ct timeout 300\n"));
  EXPECT_THAT(text, HasSubstr("X=  c/tcp/rst.nat"));
  EXPECT_THAT(matrix_json(matrix), HasSubstr("\"older\": \"6.12.116-1\""));
  EXPECT_THAT(matrix_html(matrix), HasSubstr("<td class=\"diverged\">diverged"));
}

TEST(Matrix, RulesThatAreRefusedAreNotSupported) {
  std::vector<MatrixColumn> columns;
  columns.push_back(column("5.10.262-1", {}));
  columns.back().summary.not_parsed = {"c/tcp/x.nat:5:1: `net.netfilter.y`: there is none"};
  columns.push_back(column("6.1.192-2", {result("c/tcp/x.nat", Verdict::agreed, {})}));
  EXPECT_TRUE(refused_everywhere(columns).empty());
  const Matrix matrix = make_matrix(std::move(columns), {});
  ASSERT_EQ(matrix.rows.size(), 1U);
  EXPECT_THAT(matrix.rows[0].cells, ElementsAre(Cell::not_supported, Cell::agreed));
  EXPECT_THAT(matrix.rows[0].why, HasSubstr("there is none"));
  EXPECT_TRUE(matrix.changes.empty());
}

TEST(Matrix, TellsWhatNoKernelTook) {
  std::vector<MatrixColumn> columns;
  for (const char* kernel : {"5.10.262-1", "6.1.192-2"}) {
    columns.push_back(column(kernel, {}));
    columns.back().summary.not_parsed = {"c/tcp/x.nat:5:1: `tcpp`: no such word"};
  }
  EXPECT_THAT(refused_everywhere(columns), ElementsAre("c/tcp/x.nat:5:1: `tcpp`: no such word"));
}

}  // namespace
}  // namespace natstep::harness
