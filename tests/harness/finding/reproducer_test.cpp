// SPDX-License-Identifier: GPL-2.0-or-later
// What a reproducer says. Whether it shows what it says, on the kernel, tests/cli/reproduce.sh
// asks.
#include "harness/finding/reproducer.h"

#include "harness/finding/finding_files.h"
#include "harness/finding/python_literal.h"
#include "harness/finding/steps.h"
#include "tests/harness/lockstep/two_voices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The masquerading router whose kernel is off by one bit in the answer's checksum.
Outcome mangled(const Scenario& scenario) {
  LockstepOptions options;
  options.keep_records = true;
  options.mangle = [](std::size_t step, netns::Observation& observation) {
    if (step == 1) observation.frames.at(0).bytes.at(27) ^= 0x01;
  };
  const auto rules = masquerade_rules(scenario.topology);
  return play_against(scenario, rules, agreeing_kernel(scenario, rules), options);
}

ReportContext on_a_kernel() {
  ReportContext context;
  context.kernel = "Linux 6.99";
  return context;
}

TEST(Reproducer, SaysWhatWasFoundAndBothVoices) {
  const auto scenario = parse(masquerade);
  const auto outcome = mangled(scenario);
  const auto program = reproducer(scenario, outcome, on_a_kernel());
  ASSERT_TRUE(program) << program.error();
  EXPECT_THAT(*program, HasSubstr("# Masquerade hides the client."));
  EXPECT_THAT(*program, HasSubstr("FINDING = \"frames udp.checksum"));
  EXPECT_THAT(*program, HasSubstr("KERNEL = \"Linux 6.99\""));
  EXPECT_THAT(*program, HasSubstr("[\"wan\", 1500, [\"203.0.113.1/24\"]]"));
  EXPECT_THAT(*program, HasSubstr("JUDGED = [\n    [0, 27],\n]"));
  EXPECT_THAT(*program, Not(HasSubstr("def nfnetlink")));  // nothing here asks conntrack
}

TEST(Reproducer, NothingFoundIsNothingToShow) {
  const auto scenario = parse(masquerade);
  const auto rules = masquerade_rules(scenario.topology);
  const auto outcome = play_against(scenario, rules, agreeing_kernel(scenario, rules));
  EXPECT_FALSE(reproducer(scenario, outcome, {}));
}

TEST(Reproducer, AFindingHasAllItsFiles) {
  const auto scenario = parse(masquerade);
  const auto files = files_of_finding(scenario, mangled(scenario), on_a_kernel());
  std::vector<std::string> names;
  for (const auto& file : files) {
    names.push_back(file.name);
    EXPECT_FALSE(file.content.empty()) << file.name;
  }
  EXPECT_THAT(names, ::testing::ElementsAre("scenario.nat", "report.txt", "report.json",
                                            "packets.pcapng", "packets.py", "reproduce.py"));
}

TEST(Reproducer, EventsBecomeWordsOfTheTools) {
  const auto scenario = parse(
      "# Events.\ntopology router\n\nin lan udp 10.0.1.2:1 > 198.51.100.9:53\n\naddress add wan "
      "203.0.113.7/24\n\nlink dmz down\n\n"
      "route add 192.0.2.0/24 via 203.0.113.9 dev wan\n\nct flush\n");
  Outcome outcome;
  outcome.steps.resize(scenario.steps.size());
  const auto steps = steps_for_python(scenario, outcome, 4, ChosenValues(outcome, 4));
  EXPECT_EQ(steps[1]["ip"], "addr add 203.0.113.7/24 dev wan");
  EXPECT_EQ(steps[2]["ip"], "link set dmz down");
  EXPECT_EQ(steps[3]["ip"], "route add 192.0.2.0/24 via 203.0.113.9 dev wan");
  EXPECT_EQ(steps[4]["ct"]["attributes"], "");
}

TEST(Reproducer, RulesOfIptablesAreGroupedByProgramAndTable) {
  const auto scenario = parse(
      "# Both.\ntopology router6\n\niptables {\n  -t nat -A POSTROUTING -j MASQUERADE\n  "
      "ip6tables -A FORWARD -j ACCEPT\n}\n\nin lan udp 10.0.1.2:1 > 198.51.100.9:53\n");
  const auto tools = rules_for_tools(scenario.rules.at(0));
  ASSERT_EQ(tools.size(), 2u);
  EXPECT_EQ(tools[0].first, "iptables-legacy-restore");
  EXPECT_EQ(tools[0].second, "*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n");
  EXPECT_EQ(tools[1].first, "ip6tables-legacy-restore");
}

TEST(Reproducer, ValuesAreAsPythonWritesThem) {
  EXPECT_EQ(python_literal(nullptr), "None");
  EXPECT_EQ(python_literal(true), "True");
  EXPECT_EQ(python_literal({{"a", 1}, {"b", {"x\"y\n", nullptr}}}),
            "{\"a\": 1, \"b\": [\"x\\\"y\\x0a\", None]}");
  EXPECT_EQ(python_literal(nlohmann::ordered_json::array()), "[]");
  EXPECT_EQ(python_text("a \"b\" \\ \"\"\""), "\"\"\"a \"b\" \\\\ \\\"\\\"\\\"\"\"\"");
}

}  // namespace
}  // namespace natstep::harness::testing
