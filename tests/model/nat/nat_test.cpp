// SPDX-License-Identifier: GPL-2.0-or-later
// Which mapping a flow gets: what is kept, what is reused, what is searched, and what the kernel
// may choose.
#include "model/nat/nat.h"

#include "model/clause_names.h"
#include "model/nat/address_choice.h"
#include "tests/model/nat_support.h"

namespace natstep::model::test {
namespace {

using enum Hook;

struct NatTest : BoxTest {};

TEST_F(NatTest, MasqueradeKeepsAFreePort) {
  masquerade_on_wan();
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  EXPECT_EQ(left(), "wan 203.0.113.1:4000 > 198.51.100.9:53");
  EXPECT_TRUE(chooser.asked.empty());
  EXPECT_TRUE(entry().has(status::src_nat | status::src_nat_done | status::dst_nat_done));
  EXPECT_FALSE(entry().has(status::dst_nat));
}

TEST_F(NatTest, ReplyFindsItsWayBack) {
  masquerade_on_wan();
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  inject(wan, udp({"198.51.100.9", 53}, {"203.0.113.1", 4000}));
  EXPECT_EQ(left(), "lan 198.51.100.9:53 > 10.0.1.2:4000");
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes));
}

TEST_F(NatTest, TakenPortIsTheKernelsChoiceAmongFreeOnes) {
  masquerade_on_wan();
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  chooser.answers[ChoiceKind::source_id] = 40123;
  inject(lan, udp({"10.0.1.3", 4000}, {"198.51.100.9", 53}));
  EXPECT_EQ(left(), "wan 203.0.113.1:40123 > 198.51.100.9:53");
  ASSERT_EQ(out.choices.size(), 1u);
  EXPECT_TRUE(out.choices[0].permitted);
  inject(wan, udp({"198.51.100.9", 53}, {"203.0.113.1", 40123}));
  EXPECT_EQ(left(), "lan 198.51.100.9:53 > 10.0.1.3:4000");
}

TEST_F(NatTest, TakenPortMayNotBeChosenAgain) {
  masquerade_on_wan();
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  chooser.answers[ChoiceKind::source_id] = 4000;
  inject(lan, udp({"10.0.1.3", 4000}, {"198.51.100.9", 53}));
  ASSERT_EQ(out.choices.size(), 1u);
  EXPECT_FALSE(out.choices[0].permitted);
}

struct PortClass {
  std::uint16_t port, lowest, highest;
};
struct PortClassTest : BoxTest, ::testing::WithParamInterface<PortClass> {};

TEST_P(PortClassTest, PortStaysAmongItsLike) {
  const auto [port, lowest, highest] = GetParam();
  masquerade_on_wan();
  inject(lan, udp({"10.0.1.2", port}, {"198.51.100.9", 53}));
  for (const std::uint32_t answer :
       {lowest - 1u, std::uint32_t{lowest}, std::uint32_t{highest}, highest + 1u}) {
    chooser.answers[ChoiceKind::source_id] = answer & 0xffff;
    inject(lan, udp({"10.0.1.3", port}, {"198.51.100.9", 53}));
    ASSERT_EQ(out.choices.size(), 1u);
    const std::uint32_t asked = answer & 0xffff;
    EXPECT_EQ(out.choices[0].permitted, asked >= lowest && asked <= highest && asked != port)
        << asked;
    state.conntrack.clear();
    inject(lan, udp({"10.0.1.2", port}, {"198.51.100.9", 53}));
  }
}

INSTANTIATE_TEST_SUITE_P(Ports, PortClassTest,
                         ::testing::Values(PortClass{0, 1, 511}, PortClass{300, 1, 511},
                                           PortClass{512, 600, 1023}, PortClass{700, 600, 1023},
                                           PortClass{1024, 1024, 65535},
                                           PortClass{50000, 1024, 65535}));

TEST_F(NatTest, UnmappedFlowHasANullBindingAndGivesWayToo) {
  masquerade_on_wan();
  inject(lan, udp({"10.0.1.2", 4000}, {"192.168.1.8", 53}));
  EXPECT_EQ(left(), "dmz 10.0.1.2:4000 > 192.168.1.8:53");
  EXPECT_EQ(entry().status & 0x1b0u, status::src_nat_done | status::dst_nat_done);
}

TEST_F(NatTest, MappingOntoItselfLeavesNoBit) {
  nat_rule(post_routing, {nat(NatKind::snat, to("10.0.1.2"))});
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  EXPECT_FALSE(entry().has(status::src_nat));
  EXPECT_TRUE(entry().has(status::src_nat_done));
}

TEST_F(NatTest, SourceInRangeIsKept) {
  nat_rule(post_routing, {nat(NatKind::snat, to("10.0.1.1", "10.0.1.9"))});
  inject(lan, udp({"10.0.1.7", 4000}, {"198.51.100.9", 53}));
  EXPECT_EQ(left(), "wan 10.0.1.7:4000 > 198.51.100.9:53");
}

TEST_F(NatTest, MappingOfTheSameSourceIsReused) {
  nat_rule(post_routing, {nat(NatKind::snat, ports(to("203.0.113.1"), 20000, 20009))});
  chooser.answers[ChoiceKind::source_id] = 20005;
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  EXPECT_EQ(left(), "wan 203.0.113.1:20005 > 198.51.100.9:53");
  chooser.asked.clear();
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.77", 53}));
  EXPECT_EQ(left(), "wan 203.0.113.1:20005 > 198.51.100.77:53");
  EXPECT_TRUE(chooser.asked.empty());
}

TEST_F(NatTest, ExhaustedRangeDropsAtConfirm) {
  nat_rule(post_routing, {nat(NatKind::snat, ports(to("203.0.113.1"), 20000, 20001))});
  for (const std::uint16_t port : {std::uint16_t{1}, std::uint16_t{2}}) {
    inject(lan, tcp({"10.0.1.2", port}, {"198.51.100.9", 80}, wire::tcp::syn));
    EXPECT_EQ(out.frames.size(), 1u);
  }
  inject(lan, tcp({"10.0.1.2", 3}, {"198.51.100.9", 80}, wire::tcp::syn));
  EXPECT_EQ(left(), "dropped at confirm");
}

TEST_F(NatTest, SinglePortForTwoClientsDropsTheSecondAtConfirm) {
  nat_rule(post_routing, {nat(NatKind::snat, ports(to("203.0.113.1"), 20000, 20000))});
  inject(lan, tcp({"10.0.1.2", 5000}, {"198.51.100.9", 80}, wire::tcp::syn));
  EXPECT_EQ(left(), "wan 203.0.113.1:20000 > 198.51.100.9:80");
  inject(lan, tcp({"10.0.1.3", 5000}, {"198.51.100.9", 80}, wire::tcp::syn));
  EXPECT_EQ(left(), "dropped at confirm");
}

TEST_F(NatTest, RandomAsksEvenForAFreePort) {
  NatRange range;
  range.fully_random = true;
  nat_rule(post_routing, {nat(NatKind::masquerade, range)});
  chooser.answers[ChoiceKind::source_id] = 31313;
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  EXPECT_EQ(left(), "wan 203.0.113.1:31313 > 198.51.100.9:53");
}

TEST_F(NatTest, DnatKeepsThePortEvenWhenTaken) {
  nat_rule(pre_routing, {nat(NatKind::dnat, to("192.168.1.8"))});
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.1", 53}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:4000 > 192.168.1.8:53");
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.2", 53}));
  EXPECT_EQ(out.frames.size(), 1u);
  EXPECT_NE(left(), "dmz 198.51.100.9:4000 > 192.168.1.8:53") << "the source moves instead";
}

TEST_F(NatTest, DnatRangeIsSearchedUpwardFromItsMinimum) {
  nat_rule(pre_routing, {nat(NatKind::dnat, ports(to("192.168.1.8"), 8000, 8009))});
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.1", 53}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:4000 > 192.168.1.8:8000");
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.1", 54}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:4000 > 192.168.1.8:8001");
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.1", 8005}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:4000 > 192.168.1.8:8005");
  EXPECT_TRUE(chooser.asked.empty());
}

TEST_F(NatTest, OldKernelsStartADnatRangeAnywhere) {
  state.profile.dnat_range_starts_at_min = false;
  nat_rule(pre_routing, {nat(NatKind::dnat, ports(to("192.168.1.8"), 8000, 8009))});
  chooser.answers[ChoiceKind::destination_id] = 8007;
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.1", 53}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:4000 > 192.168.1.8:8007");
}

TEST_F(NatTest, PortOffsetCountsFromTheBase) {
  NatRange range = ports(to("192.168.1.8"), 7000, 7099);
  range.base_port = 4000;
  nat_rule(pre_routing, {nat(NatKind::dnat, range)});
  inject(wan, udp({"198.51.100.9", 9}, {"203.0.113.1", 4000}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:9 > 192.168.1.8:7000");
  inject(wan, udp({"198.51.100.9", 9}, {"203.0.113.1", 4099}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:9 > 192.168.1.8:7099");
  inject(wan, udp({"198.51.100.9", 9}, {"203.0.113.1", 4100}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:9 > 192.168.1.8:7001") << "7000 is taken";
}

TEST_F(NatTest, SourceMappingSeesTheTranslatedDestination) {
  nat_rule(pre_routing, {nat(NatKind::dnat, ports(to("192.168.1.8"), 80, 80))});
  nat_rule(post_routing, {nat(NatKind::snat, to("192.168.1.1"))});
  inject(lan, tcp({"10.0.1.2", 4000}, {"203.0.113.1", 8080}, wire::tcp::syn));
  EXPECT_EQ(left(), "dmz 192.168.1.1:4000 > 192.168.1.8:80");
  EXPECT_TRUE(entry().has(status::src_nat | status::dst_nat));
  inject(dmz, tcp({"192.168.1.8", 80}, {"192.168.1.1", 4000}, wire::tcp::syn | wire::tcp::ack_flag,
                  7000, 1001));
  EXPECT_EQ(left(), "lan 203.0.113.1:8080 > 10.0.1.2:4000");
}

TEST_F(NatTest, IcmpIdIsMappedLikeAPort) {
  masquerade_on_wan();
  inject(lan, echo("10.0.1.2", "198.51.100.9", 7));
  inject(lan, udp({"10.0.1.9", 1}, {"198.51.100.9", 1}));
  chooser.answers[ChoiceKind::source_id] = 99;
  inject(lan, echo("10.0.1.3", "198.51.100.9", 7));
  ASSERT_EQ(out.frames.size(), 1u);
  EXPECT_EQ(wire::Icmpv4View(l4_of(out.frames[0].bytes)).id(), 99);
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes));
}

TEST_F(NatTest, FinishedConnectionGivesUpItsPortToALaterSequence) {
  nat_rule(post_routing, {nat(NatKind::snat, ports(to("203.0.113.1"), 20000, 20001))});
  for (const std::uint16_t port : {std::uint16_t{1}, std::uint16_t{2}}) {
    inject(lan, tcp({"10.0.1.2", port}, {"198.51.100.9", 80}, wire::tcp::syn, 1000));
    const std::uint16_t outside = wire::TcpView(l4_of(out.frames[0].bytes)).src_port();
    inject(wan, tcp({"198.51.100.9", 80}, {"203.0.113.1", outside},
                    wire::tcp::syn | wire::tcp::ack_flag, 7000, 1001));
    inject(wan, tcp({"198.51.100.9", 80}, {"203.0.113.1", outside},
                    wire::tcp::rst | wire::tcp::ack_flag, 7001, 1001));
  }
  inject(lan, tcp({"10.0.1.2", 3}, {"198.51.100.9", 80}, wire::tcp::syn, 1000));
  EXPECT_EQ(left(), "dropped at confirm") << "not beyond the old sequence";
  inject(lan, tcp({"10.0.1.2", 4}, {"198.51.100.9", 80}, wire::tcp::syn, 1001));
  EXPECT_EQ(out.frames.size(), 1u);
  EXPECT_EQ(state.conntrack.size(), 2u) << "one of the old entries is gone";
}

TEST_F(NatTest, UntrackedAndInvalidPassUntouched) {
  masquerade_on_wan();
  chain(ChainType::filter, pre_routing, priority::raw,
        {rule({equals(Field::udp_dport, 5), NotrackStatement{}})});
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 5}));
  EXPECT_EQ(left(), "wan 10.0.1.2:4000 > 198.51.100.9:5");
  EXPECT_TRUE(reached(Clause::untracked_packet_passes_nat));
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 6}, "data", {}, 0x1234));
  EXPECT_EQ(left(), "wan 10.0.1.2:4000 > 198.51.100.9:6");
  EXPECT_TRUE(reached(Clause::invalid_packet_passes_nat));
  EXPECT_EQ(state.conntrack.size(), 0u);
}

TEST_F(NatTest, MasqueradePrefersThePrefixOfTheNextHop) {
  state.topology.ports[wan].addresses = {*wire::Prefix::parse("192.0.2.1/24"),
                                         *wire::Prefix::parse("203.0.113.1/24"),
                                         *wire::Prefix::parse("203.0.113.2/24")};
  masquerade_on_wan();
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  EXPECT_EQ(left(), "wan 203.0.113.1:4000 > 198.51.100.9:53");
  inject(lan, udp({"10.0.1.2", 4000}, {"192.0.2.77", 53}));
  EXPECT_EQ(left(), "wan 192.0.2.1:4000 > 192.0.2.77:53");
}

TEST_F(NatTest, MasqueradeBorrowsAnAddress) {
  state.topology.ports[wan].addresses.clear();
  masquerade_on_wan();
  inject(dmz, udp({"192.168.1.8", 4000}, {"198.51.100.9", 53}));
  EXPECT_EQ(left(), "wan 10.0.1.1:4000 > 198.51.100.9:53");
}

TEST_F(NatTest, RedirectGoesToTheFirstAddressOfTheWayIn) {
  nat_rule(pre_routing, {nat(NatKind::redirect, ports({}, 3128, 3128))});
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 80}));
  EXPECT_EQ(out.fate, Fate::delivered);
  ASSERT_EQ(out.frames.size(), 1u) << "nobody listens: port unreachable";
  EXPECT_EQ(entry().of(Direction::reply).src, address("10.0.1.1"));
  EXPECT_EQ(entry().of(Direction::reply).src_id, 3128);
  EXPECT_EQ(left(), "lan 198.51.100.9 > 10.0.1.2") << "the error comes from where it was sent to";
}

TEST_F(NatTest, NetmapKeepsTheHostPart) {
  nat_rule(pre_routing, {nat(NatKind::netmap, to("192.168.1.0", "192.168.1.255"))});
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.77", 80}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:4000 > 192.168.1.77:80");
}

TEST_F(NatTest, SecondNatChainIsTriedWhenTheFirstMapsNothing) {
  chain(ChainType::nat, pre_routing, -100,
        {rule({equals(Field::udp_dport, 1), nat(NatKind::dnat, to("192.168.1.7"))})});
  chain(ChainType::nat, pre_routing, -90, {rule({nat(NatKind::dnat, to("192.168.1.8"))})});
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.1", 2}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:4000 > 192.168.1.8:2");
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.1", 1}));
  EXPECT_EQ(left(), "dmz 198.51.100.9:4000 > 192.168.1.7:1");
}

TEST(AddressChoice, HashIsLookup3AsTheKernelSeedsIt) {
  EXPECT_EQ(jhash2({0, 0, 0, 0}, 0), 0xbaf9078cu);
  EXPECT_EQ(jhash2({1, 2, 3, 4}, 5), 0x73558c35u);
}

TEST_F(NatTest, AddressOfARangeIsTheOneThatLinux618Chose) {
  nat_rule(post_routing, {nat(NatKind::snat, to("203.0.113.10", "203.0.113.29"))});
  inject(lan, udp({"10.0.1.2", 5}, {"198.51.100.9", 80}));
  EXPECT_EQ(left(), "wan 203.0.113.27:5 > 198.51.100.9:80");
  inject(lan, udp({"10.0.1.3", 5}, {"198.51.100.9", 80}));
  EXPECT_EQ(left(), "wan 203.0.113.12:5 > 198.51.100.9:80");
  inject(lan, udp({"10.0.1.2", 6}, {"198.51.100.10", 80}));
  EXPECT_EQ(left(), "wan 203.0.113.28:6 > 198.51.100.10:80");
}

TEST_F(NatTest, PersistentRangeHashesTheSourceOnly) {
  NatRange range = to("203.0.113.10", "203.0.113.29");
  range.persistent = true;
  nat_rule(post_routing, {nat(NatKind::snat, range)});
  inject(lan, udp({"10.0.1.2", 7}, {"198.51.101.10", 80}));
  EXPECT_EQ(left(), "wan 203.0.113.28:7 > 198.51.101.10:80");
  inject(lan, udp({"10.0.1.3", 8}, {"198.51.101.10", 80}));
  EXPECT_EQ(left(), "wan 203.0.113.23:8 > 198.51.101.10:80");
}

}  // namespace
}  // namespace natstep::model::test
