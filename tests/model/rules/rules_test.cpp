// SPDX-License-Identifier: GPL-2.0-or-later
// How chains are walked, and what matches read.
#include "model/rules/rules.h"

#include "model/clause_names.h"
#include "tests/model/nat_support.h"

namespace natstep::model::test {
namespace {

using enum Hook;
using Kind = VerdictStatement::Kind;

struct RulesTest : BoxTest {
  RulesTest() { packet = udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}); }

  Fate fate_with(std::vector<Rule> rules, Kind policy = Kind::accept) {
    chain(ChainType::filter, forward, priority::filter, std::move(rules)).policy = policy;
    inject(lan, packet);
    return out.fate;
  }

  wire::Bytes packet;
};

TEST_F(RulesTest, PolicyDecidesWhenNoRuleDoes) {
  EXPECT_EQ(fate_with({rule({equals(Field::udp_dport, 54), verdict(Kind::accept)})}, Kind::drop),
            Fate::dropped_by_rule);
}

TEST_F(RulesTest, AcceptEndsOneChainOnly) {
  chain(ChainType::filter, forward, 10, {rule({verdict(Kind::drop)})});
  EXPECT_EQ(fate_with({rule({verdict(Kind::accept)})}), Fate::dropped_by_rule);
}

TEST_F(RulesTest, LowerPriorityRunsFirst) {
  chain(ChainType::filter, forward, 10, {rule({SetMarkStatement{.value = 7}})});
  EXPECT_EQ(fate_with({rule({equals(Field::meta_mark, 7), verdict(Kind::drop)})}), Fate::forwarded);
}

TEST_F(RulesTest, LatestOfEqualPriorityRunsFirst) {
  chain(ChainType::filter, forward, 0, {rule({equals(Field::meta_mark, 7), verdict(Kind::drop)})});
  EXPECT_EQ(fate_with({rule({SetMarkStatement{.value = 7}})}), Fate::dropped_by_rule);
  EXPECT_TRUE(reached(Clause::latest_registered_runs_first));
  break_clause(Clause::latest_registered_runs_first);
  inject(lan, packet);
  EXPECT_EQ(out.fate, Fate::forwarded);
}

TEST_F(RulesTest, JumpComesBackAndGotoDoesNot) {
  fate_with({rule({verdict(Kind::jump, "sub")}), rule({verdict(Kind::drop)})});
  EXPECT_TRUE(out.unspecified) << "no such chain yet";
  plain_chain("sub", {rule({verdict(Kind::return_)}), rule({verdict(Kind::accept)})});
  inject(lan, packet);
  EXPECT_EQ(out.fate, Fate::dropped_by_rule);
  state.rules.tables[0].chains[0].rules[0] = rule({verdict(Kind::goto_, "sub")});
  inject(lan, packet);
  EXPECT_EQ(out.fate, Fate::forwarded);
}

TEST_F(RulesTest, MatchOnAnAbsentFieldFailsEvenNegated) {
  Match not_port_53 = equals(Field::tcp_dport, 53);
  not_port_53.negated = true;
  EXPECT_EQ(fate_with({rule({not_port_53, verdict(Kind::drop)})}), Fate::forwarded);
}

TEST_F(RulesTest, NegatedMatchOnAPresentField) {
  Match not_port_54 = equals(Field::udp_dport, 54);
  not_port_54.negated = true;
  EXPECT_EQ(fate_with({rule({not_port_54, verdict(Kind::drop)})}), Fate::dropped_by_rule);
}

TEST_F(RulesTest, RangesAndMasks) {
  Match in_range{.field = Field::udp_dport, .mask = {}, .ranges = {{value_of(50), value_of(60)}}};
  Match prefix{.field = Field::ip_saddr,
               .mask = value_of(0xffffff00),
               .ranges = {{value_of(number("10.0.1.0")), value_of(number("10.0.1.0"))}}};
  EXPECT_EQ(fate_with({rule({in_range, prefix, verdict(Kind::drop)})}), Fate::dropped_by_rule);
}

TEST_F(RulesTest, StateOfEachKindOfPacket) {
  const auto dropped_with = [&](std::uint32_t bit, PortId in, const wire::Bytes& bytes) {
    Match match{.field = Field::ct_state,
                .mask = {},
                .ranges = {{value_of(bit), value_of(bit)}},
                .any_bit = true};
    auto& rules = state.rules.tables[0].chains[0].rules;
    rules = {rule({match, verdict(Kind::drop)})};
    inject(in, bytes);
    return out.fate == Fate::dropped_by_rule;
  };
  chain(ChainType::filter, forward, 0, {});
  const auto bad = udp({"10.0.1.2", 4001}, {"198.51.100.9", 53}, "data", {}, 0x1234);
  EXPECT_TRUE(dropped_with(ct_state::invalid, lan, bad));
  EXPECT_TRUE(dropped_with(ct_state::is_new, lan, packet));
  EXPECT_FALSE(dropped_with(ct_state::established, lan, packet));
  EXPECT_TRUE(
      dropped_with(ct_state::established, wan, udp({"198.51.100.9", 53}, {"10.0.1.2", 4000})));
  EXPECT_TRUE(
      dropped_with(ct_state::related, wan, icmp("198.51.100.9", "10.0.1.2", 3, 3, 0, packet)));
}

TEST_F(RulesTest, MarkLeavesTheBitsOutsideItsMask) {
  EXPECT_EQ(fate_with({rule({SetMarkStatement{.value = 0xff}}),
                       rule({SetMarkStatement{.value = 0x10, .mask = 0x30}}),
                       rule({equals(Field::meta_mark, 0xdf), verdict(Kind::drop)})}),
            Fate::dropped_by_rule);
}

TEST_F(RulesTest, MarkOfAnEntryIsSeenInIt) {
  fate_with({rule({SetCtMarkStatement{.value = 5}})});
  EXPECT_EQ(entry().mark, 5u);
}

TEST_F(RulesTest, NotrackWorksBeforeConntrackOnly) {
  chain(ChainType::filter, pre_routing, priority::conntrack + 1, {rule({NotrackStatement{}})});
  inject(lan, packet);
  EXPECT_EQ(state.conntrack.size(), 1u);
  chain(ChainType::filter, pre_routing, priority::raw, {rule({NotrackStatement{}})});
  inject(lan, udp({"10.0.1.2", 4001}, {"198.51.100.9", 53}));
  EXPECT_EQ(state.conntrack.size(), 1u);
}

TEST_F(RulesTest, NatStatementIsTheLastWord) {
  chain(ChainType::nat, pre_routing, -100,
        {rule({nat(NatKind::dnat, to("192.168.1.8"))}), rule({verdict(Kind::drop)})});
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.1", 2}));
  EXPECT_EQ(out.fate, Fate::forwarded);
  break_clause(Clause::nat_statement_ends_the_chain);
  inject(wan, udp({"198.51.100.9", 4001}, {"203.0.113.1", 2}));
  EXPECT_EQ(out.fate, Fate::dropped_by_rule);
}

TEST_F(RulesTest, NatChainsAreForFirstPacketsOnly) {
  chain(ChainType::nat, pre_routing, -100, {rule({equals(Field::ip_ttl, 7), verdict(Kind::drop)})});
  inject(lan, packet);
  inject(wan, udp({"198.51.100.9", 53}, {"10.0.1.2", 4000}, "data", {.ttl = 7}));
  EXPECT_EQ(out.fate, Fate::forwarded);
  break_clause(Clause::established_packet_skips_nat_chains);
  inject(wan, udp({"198.51.100.9", 53}, {"10.0.1.2", 4000}, "data", {.ttl = 7}));
  EXPECT_EQ(out.fate, Fate::dropped_by_rule);
}

}  // namespace
}  // namespace natstep::model::test
