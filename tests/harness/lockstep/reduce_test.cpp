// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/reduce.h"

#include "harness/scenario/scenario_text.h"
#include "tests/harness/lockstep/two_voices.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Whether the scenario's text has all of these in it.
StillShows has(std::vector<std::string> needles, std::size_t* asked = nullptr) {
  return [needles = std::move(needles), asked](const Scenario& scenario) {
    if (asked != nullptr) ++*asked;
    const auto text = print_scenario(scenario);
    return std::ranges::all_of(
        needles, [&](const std::string& needle) { return text.find(needle) != std::string::npos; });
  };
}

std::string reduced(std::string_view text, std::vector<std::string> needles,
                    ReduceLimits limits = {.most_runs = 1000}) {
  return print_scenario(reduce(parse(text), has(std::move(needles)), limits).scenario);
}

std::string numbered_steps(int count) {
  std::string text = "# Many.\ntopology router\n\n";
  for (int i = 1; i <= count; ++i)
    text += "in lan udp 10.0.1.2:" + std::to_string(i) + " > 198.51.100.9:53 ttl 9\n";
  return text;
}

TEST(Reduce, FindsTwoStepsAmongMany) {
  std::size_t asked = 0;
  const auto small =
      reduce(parse(numbered_steps(64)), has({":17 >", ":40 >"}, &asked), {.most_runs = 1000});
  ASSERT_EQ(small.scenario.steps.size(), 2u);
  EXPECT_EQ(small.scenario.steps[0].stimulus.packet.notation.print(),
            "udp 10.0.1.2:17 > 198.51.100.9:53");
  EXPECT_EQ(small.runs, asked);
  EXPECT_LT(asked, 120u);
}

TEST(Reduce, AsksNoMoreThanItMay) {
  std::size_t asked = 0;
  const auto small = reduce(parse(numbered_steps(64)), has({":17 >"}, &asked), {.most_runs = 5});
  EXPECT_EQ(asked, 5u);
  EXPECT_EQ(small.runs, 5u);
}

TEST(Reduce, LeavesASmallestScenarioAlone) {
  const auto text = numbered_steps(1);
  EXPECT_EQ(reduced(text, {"ttl 9"}), print_scenario(parse(text)));
}

TEST(Reduce, GoesIntoWhatAnErrorQuotes) {
  const auto small = reduced(
      "# An error.\ntopology router\n\n"
      "in wan icmp 198.51.100.1 > 203.0.113.1 time-exceeded ttl 9 "
      "[ udp 203.0.113.1:4000 > 198.51.100.9:53 ttl 1 \"a long payload\" ]\n",
      {"time-exceeded", "ttl 1 "});
  EXPECT_THAT(small, HasSubstr("time-exceeded [ udp 203.0.113.1:4000 > 198.51.100.9:53 ttl 1 ]"));
}

TEST(Reduce, ShortensTexts) {
  EXPECT_THAT(reduced("# Text.\ntopology router\n\nin lan udp 10.0.1.2:1 > 198.51.100.9:53 "
                      "\"PORT and much more\"\n",
                      {"\"PO"}),
              HasSubstr("\"PO\""));
}

TEST(Reduce, DropsRulesOneByOne) {
  const auto small = reduced(
      "# Rules.\ntopology router\n\nnft {\n  table ip filter {\n    chain f { type filter hook "
      "forward priority 0; udp dport 53 accept; tcp dport 80 drop; }\n  }\n  table ip nat {\n    "
      "chain post {\n      type nat hook postrouting priority srcnat;\n      masquerade\n    }\n  "
      "}\n}\n\nin lan udp 10.0.1.2:1 > 198.51.100.9:53\n",
      {"udp dport 53 accept"});
  EXPECT_THAT(small, Not(HasSubstr("tcp dport")));
  EXPECT_THAT(small, Not(HasSubstr("masquerade")));
  EXPECT_THAT(small, Not(HasSubstr("hook")));
}

TEST(Reduce, DropsSysctlsWaitsAndRoutes) {
  const auto small = reduced(
      "# A box.\ntopology router\nroute 192.0.2.0/24 via 10.0.2.9 dev dmz\n\n"
      "sysctl net.netfilter.nf_conntrack_udp_timeout = 7\n"
      "sysctl net.netfilter.nf_conntrack_acct = 1\n\nwait 3\n"
      "in lan udp 10.0.1.2:1 > 198.51.100.9:53\n",
      {"acct = 1"});
  EXPECT_THAT(small, Not(HasSubstr("udp_timeout")));
  EXPECT_THAT(small, Not(HasSubstr("wait")));
  EXPECT_THAT(small, Not(HasSubstr("192.0.2.0")));
}

TEST(Reduce, PinsGoOnlyWhenTheyMay) {
  const std::string text =
      "# Pinned.\ntopology router\n\nin lan udp 10.0.1.2:1 > 198.51.100.9:53\n"
      "out wan udp 10.0.1.2:1 > 198.51.100.9:53\n";
  EXPECT_THAT(reduced(text, {":1 >"}), HasSubstr("out "));
  EXPECT_THAT(reduced(text, {":1 >"}, {.most_runs = 100, .pins = Pins::leave_out}),
              Not(HasSubstr("out ")));
}

TEST(Reduce, LeavesOutFromTheEnd) {
  std::vector<std::pair<std::size_t, std::size_t>> tried;
  leave_out(4, [&](std::size_t from, std::size_t count) {
    tried.emplace_back(from, count);
    return false;
  });
  EXPECT_THAT(tried, ElementsAre(std::pair(0, 4), std::pair(2, 2), std::pair(0, 2), std::pair(3, 1),
                                 std::pair(2, 1), std::pair(1, 1), std::pair(0, 1)));
}

TEST(Reduce, WordsOfAPacketKeepTextsAndQuotesWhole) {
  EXPECT_THAT(words_of_packet("icmp A > B [ udp C > D \"x y\" ] ttl 3"),
              ElementsAre("icmp", "A", ">", "B", "[ udp C > D \"x y\" ]", "ttl", "3"));
}

}  // namespace
}  // namespace natstep::harness::testing
