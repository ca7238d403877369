// SPDX-License-Identifier: GPL-2.0-or-later
// run_scenario on the running kernel. Skipped where the kernel cannot be used.
#include "harness/lockstep/bench.h"
#include "harness/lockstep/lockstep.h"
#include "harness/report/report.h"
#include "harness/scapy/scapy.h"
#include "tests/harness/lockstep/two_voices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view router = R"(# Two hosts share a source port.
topology router

nft {
  table ip nat {
    chain post { type nat hook postrouting priority srcnat; oifname "wan" masquerade; }
  }
}

in  lan   udp 10.0.1.2:4000     > 198.51.100.9:53   "one"
out wan   udp 203.0.113.1:4000  > 198.51.100.9:53   "one"

in  lan   udp 10.0.1.3:4000     > 198.51.100.9:53   "two"
out wan   udp 203.0.113.1:$p    > 198.51.100.9:53   "two"   where $p in 1024-65535 and $p != 4000

in  wan   udp 198.51.100.9:53   > 203.0.113.1:$p    "reply"
out lan   udp 198.51.100.9:53   > 10.0.1.3:4000     "reply"
)";

class LockstepKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      dut_.emplace();
    } catch (const netns::EnvironmentError& error) {
      GTEST_SKIP() << error.what();
    }
    options_.profile = model::profile_for_release(netns::running_kernel().release);
  }

  Outcome run(std::string_view text) { return run_scenario(parse(text), *dut_, options_); }

  std::optional<netns::KernelDut> dut_;
  LockstepOptions options_;
};

TEST_F(LockstepKernel, ModelAndKernelAgree) {
  const auto outcome = run(router);
  EXPECT_EQ(outcome.verdict, Verdict::agreed) << report(parse(router), outcome, {});
  EXPECT_EQ(outcome.packets, 6u);
}

TEST_F(LockstepKernel, AMangledPacketIsCaughtAndNamed) {
  options_.mangle = [](std::size_t step, netns::Observation& observation) {
    if (step == 2) observation.frames.at(0).bytes.at(27) ^= 0x01;
  };
  const auto outcome = run(router);
  ASSERT_EQ(outcome.verdict, Verdict::diverged);
  const auto& failed = outcome.steps.at(outcome.failed_step);
  EXPECT_EQ(outcome.failed_step, 2u);
  EXPECT_THAT(failed.findings.at(0).subject, HasSubstr("udp.checksum on lan"));
  EXPECT_FALSE(failed.triage.laws_hold);
  EXPECT_THAT(failed.triage.suspect, HasSubstr("kernel"));
}

TEST_F(LockstepKernel, AWrongPinIsCaught) {
  std::string text(router);
  text.replace(text.find("203.0.113.1:4000 "), 17, "203.0.113.9:4000 ");
  const auto outcome = run(text);
  ASSERT_EQ(outcome.verdict, Verdict::diverged);
  EXPECT_EQ(outcome.steps.at(0).triage.suspect, "the pin");
}

TEST_F(LockstepKernel, PinsAreSilentOnAKernelThatLacksWhatTheyNeed) {
  std::string text(router);
  text.replace(text.find("203.0.113.1:4000 "), 17, "203.0.113.9:4000 ");
  text.insert(text.find("nft {"), "pins need time_wait_eviction\n");
  options_.profile.time_wait_eviction = true;
  EXPECT_EQ(run(text).verdict, Verdict::diverged);
  options_.profile.time_wait_eviction = false;
  EXPECT_EQ(run(text).verdict, Verdict::agreed);
}

TEST_F(LockstepKernel, AWrongClauseIsCaughtAndFound) {
  const auto clause = model::find_clause("ttl_checksum_is_updated");
  ASSERT_TRUE(clause.has_value());
  options_.broken = clause;
  const auto outcome = run(router);
  ASSERT_EQ(outcome.verdict, Verdict::diverged);
  const auto& failed = outcome.steps.at(outcome.failed_step);
  EXPECT_EQ(failed.clause, clause);
  EXPECT_FALSE(failed.prediction.walk.empty());
}

TEST_F(LockstepKernel, ARuleThatTheToolRefusesIsTheScenariosMistake) {
  const auto outcome =
      run("# Bad rules.\ntopology router\n\nnft {\n  table ip nat {\n    chain post { nonsense; "
          "}\n  }\n}\n"
          "in lan udp 10.0.1.2:4000 > 198.51.100.9:53\n");
  ASSERT_TRUE(outcome.diagnostic.has_value());
  EXPECT_EQ(outcome.diagnostic->pos.line, 6);
  EXPECT_THAT(outcome.diagnostic->message, HasSubstr("nonsense"));
}

TEST_F(LockstepKernel, WhatTheModelDoesNotUnderstandIsInconclusive) {
  const auto outcome = run(
      "# A processor.\ntopology router\n\nnft {\n  table ip f {\n    chain c { type filter hook "
      "forward priority 0; "
      "meta cpu 0 accept; }\n  }\n}\nin lan udp 10.0.1.2:4000 > 198.51.100.9:53\n");
  EXPECT_EQ(outcome.verdict, Verdict::inconclusive);
  EXPECT_THAT(outcome.reason, HasSubstr("meta cpu"));
}

TEST_F(LockstepKernel, ALawThatBothBreakIsADeviationWhenAClauseIsKnownForIt) {
  const std::string text = std::string(router.substr(0, router.find("in  lan"))) +
                           "in lan tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN seq 1000\n"
                           "in lan tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN seq 1000 checksum bad\n";
  const auto outcome = run(text);
  EXPECT_EQ(outcome.verdict, Verdict::deviation);
  const auto shown =
      std::ranges::find(outcome.deviations, *model::find_clause("invalid_packet_passes_nat"),
                        &DeviationShown::clause);
  ASSERT_NE(shown, outcome.deviations.end());
  EXPECT_EQ(shown->where, DeviationShown::Where::frames);
  EXPECT_THAT(shown->law, HasSubstr("seen outside"));
  EXPECT_THAT(shown->sent, HasSubstr("in lan tcp 10.0.1.2:4000"));
  EXPECT_THAT(shown->seen, ::testing::ElementsAre(HasSubstr("out wan tcp 10.0.1.2:4000")));
}

TEST_F(LockstepKernel, ADeviceCanBeUsedAgain) {
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(run(router).verdict, Verdict::agreed);
}

TEST_F(LockstepKernel, BenchAgreesWithItself) {
  BenchOptions bench_options;
  bench_options.profile = options_.profile;
  bench_options.time = std::chrono::milliseconds(40);
  bench_options.slice = 50;
  const auto result = bench(*dut_, bench_options);
  EXPECT_EQ(result.disagreement, std::nullopt);
  EXPECT_GT(result.established.lockstep, 0);
  EXPECT_GT(result.new_flow.bare, 0);
  EXPECT_GE(result.packets, 100u);
}

TEST_F(LockstepKernel, AScapyPacketIsAPacketLikeAnyOther) {
  if (const auto opened = scapy(); !opened) GTEST_SKIP() << opened.error();
  const auto outcome =
      run("# Scapy writes the packet.\ntopology router\n\n"
          "in lan scapy IP(src='10.0.1.2',dst='198.51.100.9')/UDP(sport=4000,dport=53)/b'one'\n"
          "out wan udp 10.0.1.2:4000 > 198.51.100.9:53 \"one\"\n");
  EXPECT_EQ(outcome.verdict, Verdict::agreed);
}

TEST_F(LockstepKernel, TheScapyWitnessSeesAMangledChecksum) {
  if (const auto opened = scapy(); !opened) GTEST_SKIP() << opened.error();
  options_.scapy_witness = true;
  EXPECT_EQ(run(router).verdict, Verdict::agreed);
  options_.mangle = [](std::size_t, netns::Observation& observation) {
    observation.frames.at(0).bytes.at(27) ^= 0x01;
  };
  const auto outcome = run(router);
  ASSERT_EQ(outcome.verdict, Verdict::diverged);
  EXPECT_THAT(outcome.steps.at(0).findings.back().kernel, HasSubstr("Scapy has"));
}

TEST_F(LockstepKernel, AnExpressionThatIsNoneIsTheScenariosMistake) {
  if (const auto opened = scapy(); !opened) GTEST_SKIP() << opened.error();
  const auto outcome = run("# Not Python.\ntopology router\n\nin lan scapy IP(nosuchfield=1)\n");
  ASSERT_TRUE(outcome.diagnostic.has_value());
  EXPECT_EQ(outcome.diagnostic->pos.line, 4);
  EXPECT_THAT(outcome.diagnostic->message, HasSubstr("nosuchfield"));
}

}  // namespace
}  // namespace natstep::harness::testing
