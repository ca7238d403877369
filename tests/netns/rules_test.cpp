// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/rules_iptables.h"
#include "netns/rules_nft.h"
#include "tests/netns/support.h"

#include <gmock/gmock.h>

namespace natstep::netns::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr Endpoint desktop{"198.51.100.9", 5353};
constexpr Endpoint gateway{"203.0.113.1", 9999};

TEST(RestoreInput, groups_argument_lines_by_table_and_remembers_where_they_came_from) {
  const RestoreInput input = to_restore_input(
      "# a comment\n"
      "iptables -t nat -A PREROUTING -p udp --dport 9999 -j DNAT --to-destination 192.168.1.8\n"
      "-A FORWARD -j ACCEPT\n"
      "\n"
      "  -A POSTROUTING -t nat -j MASQUERADE  \n");
  EXPECT_EQ(input.text,
            "*nat\n"
            "-A PREROUTING -p udp --dport 9999 -j DNAT --to-destination 192.168.1.8\n"
            "-A POSTROUTING -j MASQUERADE\n"
            "COMMIT\n"
            "*filter\n"
            "-A FORWARD -j ACCEPT\n"
            "COMMIT\n");
  EXPECT_THAT(input.source_lines, ElementsAre(2, 2, 5, 5, 3, 3, 3));
}

TEST(RestoreInput, tells_the_families_apart_by_the_program) {
  constexpr std::string_view text =
      "iptables -A FORWARD -j ACCEPT\n"
      "ip6tables -t nat -A POSTROUTING -j MASQUERADE\n";
  EXPECT_EQ(to_restore_input(text).text, "*filter\n-A FORWARD -j ACCEPT\nCOMMIT\n");
  const RestoreInput ipv6 = to_restore_input(text, IptablesFamily::ipv6);
  EXPECT_EQ(ipv6.text, "*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n");
  EXPECT_THAT(ipv6.source_lines, ElementsAre(2, 2, 2));
}

TEST(RestoreInput, takes_a_save_file_as_it_is) {
  const RestoreInput input = to_restore_input("\n*nat\n  -A POSTROUTING -j MASQUERADE\nCOMMIT\n");
  EXPECT_EQ(input.text, "\n*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n");
  EXPECT_THAT(input.source_lines, ElementsAre(1, 2, 3, 4));
}

TEST(RestoreInput, leaves_quoted_words_whole) {
  const RestoreInput input =
      to_restore_input("-A FORWARD -m comment --comment \"-t nat is meant\" -j ACCEPT\n");
  EXPECT_THAT(input.text,
              AllOf(StartsWith("*filter\n"), HasSubstr("--comment \"-t nat is meant\" -j")));
}

TEST(FirstLineNumber, reads_the_number_behind_the_words) {
  EXPECT_EQ(first_line_number("Error occurred at line: 12\n", "line: "), 12);
  EXPECT_EQ(first_line_number("nothing of the kind", "line: "), 0);
}

TEST_F(KernelTest, nft_errors_carry_nfts_words_and_line) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  const auto syntax =
      dut_->load_rules(RuleTool::nft, "table ip x {\n  chain y {\n    nosuchword;;\n  }\n}\n");
  ASSERT_TRUE(syntax);
  EXPECT_EQ(syntax->line, 3);
  EXPECT_THAT(syntax->message,
              AllOf(StartsWith("Error: "), HasSubstr("nosuchword"), Not(HasSubstr("/proc"))));

  const auto evaluation =
      dut_->load_rules(RuleTool::nft, "table ip x { }\nadd rule ip nowhere c accept\n");
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(evaluation->line, 2);
}

TEST_F(KernelTest, a_refused_script_changes_nothing) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  ASSERT_TRUE(dut_->load_rules(RuleTool::nft, "add table ip kept\nadd rule ip nowhere c accept\n"));
  EXPECT_THAT(dut_->list_rules_json(), Not(HasSubstr("kept")));
}

TEST_F(KernelTest, the_kernels_own_refusal_is_an_error_too) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  // A nat chain must come after conntrack (nft_chain_parse_hook).
  const auto error = dut_->load_rules(
      RuleTool::nft, "table ip n {\n  chain c { type nat hook prerouting priority -300; }\n}\n");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->line, 2);
  EXPECT_THAT(error->message, HasSubstr("Operation not supported"));
}

class Iptables : public KernelTest, public ::testing::WithParamInterface<RuleTool> {};

TEST_P(Iptables, translates_the_textbook_example) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  ASSERT_FALSE(dut_->load_rules(
      GetParam(),
      "iptables -t nat -A PREROUTING -j DNAT -p udp --dport 9999 --to-destination 10.0.1.8\n"));
  const Observation seen = inject(wan, udp(desktop, gateway));
  ASSERT_THAT(seen.frames, SizeIs(1));
  EXPECT_EQ(seen.frames[0].port, lan);
  EXPECT_EQ(wire::load_be32(&seen.frames[0].bytes[16]), address("10.0.1.8").ipv4_value());
}

TEST_P(Iptables, takes_policies_and_chains_of_ones_own) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  const auto error = dut_->load_rules(
      GetParam(), "-N mine\n-A mine -p udp -j ACCEPT\n-A FORWARD -j mine\n-P FORWARD DROP\n");
  ASSERT_FALSE(error) << error->message;
  EXPECT_THAT(inject(lan, udp({"10.0.1.2", 1}, desktop)).frames, SizeIs(1));
  EXPECT_THAT(inject(lan, tcp_syn({"10.0.1.2", 1}, desktop)).frames, SizeIs(0));
}

TEST_P(Iptables, errors_name_the_line_of_the_text) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  const auto error = dut_->load_rules(
      GetParam(), "-A FORWARD -j ACCEPT\n\n-t nat -A PREROUTING --nonsense\n-A INPUT -j ACCEPT\n");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->line, 3);
  EXPECT_THAT(error->message, HasSubstr("unknown option \"--nonsense\""));
}

TEST_P(Iptables, the_kernels_own_refusal_is_an_error_too) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  const auto error = dut_->load_rules(GetParam(), "\n-A FORWARD -j MASQUERADE\n");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->line, 2);
}

INSTANTIATE_TEST_SUITE_P(BothKinds, Iptables,
                         ::testing::Values(RuleTool::iptables_legacy, RuleTool::iptables_nft),
                         [](const auto& tool) {
                           return tool.param == RuleTool::iptables_legacy ? "legacy" : "nft";
                         });

}  // namespace
}  // namespace natstep::netns::testing
