// SPDX-License-Identifier: GPL-2.0-or-later
// Programs on the running kernel. Skipped where the kernel cannot be used.
#include "fuzz/executor.h"

#include "fuzz/convert.h"
#include "fuzz/engine.h"
#include "fuzz/events.h"
#include "fuzz/packet_parts.h"
#include "harness/scenario/scenario_text.h"
#include "model/clause.h"
#include "tests/fuzz/on_the_kernel.h"

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace natstep::fuzz::testing {
namespace {

class ExecutorOnTheKernel : public OnTheKernel {
 protected:
  Features features_;
};

// Behind masquerade: a question, its answer, and an error about it.
const Program conversation{.box = {.source = 1},
                           .ops = {{.source = Source::fresh, .dst = 1, .dst_port = 1, .content = 1},
                                   {.source = Source::reply, .frame = 1, .content = 2},
                                   {.source = Source::error, .frame = 1}}};

bool reaches(const Execution& execution, std::string_view clause) {
  const auto found = model::find_clause(clause);
  return found && execution.clauses[static_cast<std::size_t>(*found)];
}

TEST_F(ExecutorOnTheKernel, BothSidesAgreeTimeAndAgain) {
  Executor executor(options_here());
  for (int i = 0; i < 50; ++i) {
    const Execution& execution = executor.run(conversation, features_);
    ASSERT_EQ(execution.ending, Ending::agreed) << execution.reason;
    EXPECT_EQ(execution.packets, 6);
  }
  EXPECT_EQ(executor.boxes_made(), 1);
}

TEST_F(ExecutorOnTheKernel, AnExecutionIsAScenario) {
  Executor executor(options_here());
  executor.run(conversation, features_);
  const std::string text = harness::print_scenario(executor.scenario());
  EXPECT_NE(text.find("in  wan   udp 198.51.100.9:53 > 203.0.113.1:4000 \"odd\""),
            std::string::npos)
      << text;
  const auto again = harness::parse_scenario(text, "again.nat");
  ASSERT_TRUE(again) << to_string(again.error());
  const auto program = program_of(*again);
  ASSERT_TRUE(program);
  executor.run(*program, features_);
  EXPECT_EQ(harness::print_scenario(executor.scenario()), text);
}

TEST(ProgramOf, ASettingOfTheWholeMachineIsNoneOfACampaign) {
  const auto program_with = [](const std::string& sysctl) {
    const auto scenario = harness::parse_scenario(
        "topology router\nsysctl " + sysctl + "\n\nin lan udp 10.0.1.2:1 > 198.51.100.9:2\n",
        "seed.nat");
    return scenario && program_of(*scenario);
  };
  EXPECT_TRUE(program_with("net.netfilter.nf_conntrack_udp_timeout = 7"));
  EXPECT_FALSE(program_with("net.netfilter.nf_conntrack_max = 2"));
}

TEST_F(ExecutorOnTheKernel, ABrokenClauseIsSuspicious) {
  Executor executor(options_here(model::find_clause("masquerade_uses_the_address_of_the_way_out")));
  const Execution& execution = executor.run(conversation, features_);
  EXPECT_EQ(execution.ending, Ending::suspicious);
  EXPECT_EQ(execution.reason, "frames");
}

TEST_F(ExecutorOnTheKernel, AFragmentCostsItsBox) {
  Executor executor(options_here());
  Program program = conversation;
  program.ops.front().patches = {{.field = Patch::Field::fragment, .value = 0x2000}};
  executor.run(program, features_);
  executor.run(conversation, features_);
  EXPECT_EQ(executor.boxes_made(), 2);
}

Program program_in(const std::string& text) {
  const auto scenario = harness::parse_scenario(text, "test.nat");
  EXPECT_TRUE(scenario) << to_string(scenario.error());
  auto program = program_of(*scenario);
  EXPECT_TRUE(program);
  return *std::move(program);
}

Program program_of_file(const std::string& path) {
  std::ifstream file(std::string(NATSTEP_SOURCE_DIR "/corpus/") + path);
  return program_in({std::istreambuf_iterator<char>(file), {}});
}

TEST_F(ExecutorOnTheKernel, ARouteThatLearntItsWidthCostsItsBox) {
  const std::string box = "topology router\n\n";
  const std::string large = "send udp 10.0.1.1:4000 > 10.0.1.2:4001 ip-id 1 payload 1472\n";
  const std::string narrow =
      "in lan icmp 10.0.1.2 > 10.0.1.1 frag-needed mtu 600 "
      "[ icmp 10.0.1.1 > 10.0.1.2 echo-reply id 7 seq 1 \"ping\" ]\n";
  Executor executor(options_here());
  EXPECT_EQ(executor.run(program_in(box + large), features_).ending, Ending::agreed);
  EXPECT_EQ(executor.run(program_in(box + narrow), features_).ending, Ending::agreed);
  EXPECT_EQ(executor.run(program_in(box + large), features_).ending, Ending::agreed);
  EXPECT_EQ(executor.boxes_made(), 2);
}

TEST_F(ExecutorOnTheKernel, ATunnelIsReadBeforeItGoesWithItsMaster) {
  Executor executor(options_here());
  const Execution& execution =
      executor.run(program_of_file("pptp/incoming_call_has_a_tunnel.nat"), features_);
  EXPECT_EQ(execution.ending, Ending::agreed) << execution.reason;
}

TEST_F(ExecutorOnTheKernel, AnIdThatIsNotWrittenIsReadFromTheEvent) {
  Executor executor(options_here());
  const Execution& execution =
      executor.run(program_of_file("nat66/nonce_of_node_information_stays.nat"), features_);
  EXPECT_EQ(execution.ending, Ending::agreed) << execution.reason;
}

TEST_F(ExecutorOnTheKernel, AnEntryThatRepliesWithAnothersTupleIsNotTakenForIt) {
  const Program program = program_in(
      "topology router\n\nnft {\n  table ip nat {\n    chain pre { type nat hook prerouting "
      "priority dstnat; ip daddr 203.0.113.7 dnat to 10.0.1.8; }\n  }\n  table ip raw {\n    chain "
      "pre { type filter hook prerouting priority raw; iifname \"lan\" ct original zone set 1; }\n"
      "  }\n}\n\nin wan udp 198.51.100.7:4000 > 203.0.113.7:53 \"one\"\n\n"
      "in lan udp 203.0.113.7:53 > 198.51.100.7:4000 \"two\"\n");
  Executor executor(options_here());
  for (int i = 0; i < 3; ++i) {
    const Execution& execution = executor.run(program, features_);
    EXPECT_EQ(execution.ending, Ending::agreed) << execution.reason;
  }
}

TEST_F(ExecutorOnTheKernel, WhatIsRefusedBehindTheHooksIsTakenAway) {
  const std::string box =
      "topology router6\nport dmz 10.0.2.1/24,fd00:2::1/64 mtu 1280\n\n"
      "nft {\n  table ip6 nat {\n    chain out { type nat hook output priority -100; udp dport 53 "
      "dnat to fd00:2::8; }\n  }\n}\n\n";
  const Program large =
      program_in(box + "send udp [fd00:1::1]:4000 > [fd00:1::1]:53 payload 1472\n");
  const Program small = program_in(box + "send udp [fd00:1::1]:4000 > [fd00:1::1]:53 \"x\"\n");
  Executor executor(options_here());
  EXPECT_EQ(executor.run(large, features_).ending, Ending::inconclusive);
  const Execution& execution = executor.run(small, features_);
  EXPECT_EQ(execution.ending, Ending::agreed) << execution.reason;
}

Op event(EventKind kind, std::uint8_t which = 0, std::uint8_t subject = 0) {
  return {.source = Source::event,
          .subject = subject,
          .kind = static_cast<std::uint8_t>(kind),
          .content = which};
}

/// `conversation`, with an event before the answer.
Program interrupted_by(const Op& op) {
  Program program = conversation;
  program.ops.insert(program.ops.begin() + 1, op);
  return program;
}

TEST_F(ExecutorOnTheKernel, ADeletedEntryIsMissedByTheAnswer) {
  Executor executor(options_here());
  const Execution& execution =
      executor.run(interrupted_by(event(EventKind::entry_removed)), features_);
  EXPECT_EQ(execution.ending, Ending::agreed) << execution.reason;
  EXPECT_TRUE(reaches(execution, "deleted_entry_is_forgotten"));
  const std::string text = harness::print_scenario(executor.scenario());
  EXPECT_NE(text.find("ct delete udp 10.0.1.2:4000 > 198.51.100.9:53"), std::string::npos) << text;
}

TEST_F(ExecutorOnTheKernel, ASettingIsTakenBack) {
  Executor executor(options_here());
  const Execution& changed =
      executor.run(interrupted_by(event(EventKind::setting_changed)), features_);
  EXPECT_EQ(changed.ending, Ending::agreed) << changed.reason;
  EXPECT_TRUE(reaches(changed, "changed_setting_holds_from_the_next_packet"));
  // Else the entry's timeout would be another one on one of the sides.
  const Execution& execution = executor.run(conversation, features_);
  EXPECT_EQ(execution.ending, Ending::agreed) << execution.reason;
  EXPECT_EQ(executor.boxes_made(), 1);
}

TEST_F(ExecutorOnTheKernel, AnEventIsPartOfTheScenario) {
  Executor executor(options_here());
  executor.run(interrupted_by(event(EventKind::rules_changed)), features_);
  const std::string text = harness::print_scenario(executor.scenario());
  EXPECT_NE(text.find("flush ruleset"), std::string::npos) << text;
  EXPECT_TRUE(harness::parse_scenario(text, "again.nat"));
}

TEST_F(ExecutorOnTheKernel, ChangedRulesCostTheirBox) {
  Executor executor(options_here());
  const Program program = interrupted_by(event(EventKind::rules_changed));
  const Execution& execution = executor.run(program, features_);
  EXPECT_EQ(execution.ending, Ending::agreed) << execution.reason;
  EXPECT_TRUE(reaches(execution, "changed_rules_hold_from_the_next_packet"));
  executor.run(conversation, features_);
  EXPECT_EQ(executor.boxes_made(), 2);
  executor.run(program, features_, Costly::skipped);
  executor.run(conversation, features_);
  EXPECT_EQ(executor.boxes_made(), 2);
}

TEST_F(ExecutorOnTheKernel, WhatWaitsIsDroppedBetweenPrograms) {
  Executor executor(options_here());
  const Program waits = program_in(
      "topology router\n\niptables {\niptables -t mangle -A FORWARD -j NFQUEUE --queue-num 1\n}\n\n"
      "in lan udp 10.0.1.2:4000 > 198.51.100.9:53\n");
  Program released = waits;
  released.ops.push_back(event(EventKind::packet_released));
  for (int i = 0; i < 2; ++i) {
    const Execution& execution = executor.run(waits, features_);
    EXPECT_EQ(execution.ending, Ending::agreed) << execution.reason;
    EXPECT_EQ(execution.packets, 1);
    const Execution& passed = executor.run(released, features_);
    EXPECT_EQ(passed.ending, Ending::agreed) << passed.reason;
    EXPECT_EQ(passed.packets, 2);
  }
  EXPECT_EQ(executor.boxes_made(), 1);
}

TEST_F(ExecutorOnTheKernel, ADeviceCutsAPacketOfManySegments) {
  Executor executor(options_here());
  Program program = conversation;
  program.box.devices = 1;
  program.ops.resize(1);
  program.ops.front().protocol = static_cast<std::uint8_t>(Protocol::tcp);
  program.ops.front().content = 6;
  program.ops.front().offload = 3;
  const Execution& execution = executor.run(program, features_);
  EXPECT_EQ(execution.ending, Ending::agreed) << execution.reason;
  EXPECT_TRUE(reaches(execution, "segments_are_cut_behind_the_hooks"));
  const std::string text = harness::print_scenario(executor.scenario());
  EXPECT_NE(text.find("offload segments of "), std::string::npos) << text;
}

TEST_F(ExecutorOnTheKernel, TheSameSeedReachesTheSame) {
  const auto reached = [](std::uint64_t seed) {
    Engine engine({.lockstep = options_here(), .seed = seed});
    for (int i = 0; i < 300; ++i)
      engine.run_one();
    return std::pair(engine.counts().packets, engine.counts().features);
  };
  EXPECT_EQ(reached(3), reached(3));
}

}  // namespace
}  // namespace natstep::fuzz::testing
