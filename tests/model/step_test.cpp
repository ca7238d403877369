// SPDX-License-Identifier: GPL-2.0-or-later
// A packet from end to end, and the walk that tells of it.
#include "tests/model/nat_support.h"

#include <algorithm>

namespace natstep::model::test {
namespace {

using enum Hook;

struct StepTest : BoxTest {
  /// "pre_routing -100 dnat to ..." for every step of the stimulus packet's walk but the routing
  /// ones.
  std::vector<std::string> words() const {
    std::vector<std::string> lines;
    for (const WalkStep& s : out.walk) {
      if (s.actor == Actor::rules || s.actor == Actor::tap) continue;
      lines.push_back(std::string(to_string(s.hook)) + ' ' + s.function + ": " + s.what);
    }
    return lines;
  }
  bool says(std::string_view part) const {
    return std::ranges::any_of(
        words(), [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }
};

/// The textbook example: UDP to port 9999 of the gateway ends up at the laptop.
TEST_F(StepTest, TextbookDnat) {
  state.topology.ports = {port("lan", "192.168.1.9/24"), port("wan", "10.0.0.1/24")};
  state.topology.routes.clear();
  nat_rule(pre_routing, {equals(Field::udp_dport, 9999), nat(NatKind::dnat, to("192.168.1.8"))});
  state.detail = WalkDetail::full;
  inject(wan, udp({"10.0.0.2", 5000}, {"192.168.1.9", 9999}));
  EXPECT_EQ(left(), "lan 10.0.0.2:5000 > 192.168.1.8:9999");
  EXPECT_TRUE(
      says("pre_routing nf_nat_ipv4_pre_routing: dnat to 192.168.1.8:9999, reply tuple udp "
           "192.168.1.8:9999 > 10.0.0.2:5000"));
  EXPECT_TRUE(says("ip_route_input_noref: local -> forward to lan"));
  EXPECT_TRUE(says("ip_forward: ttl 64 -> 63"));
  EXPECT_TRUE(says("post_routing nf_nat_ipv4_out: null binding"));
  EXPECT_EQ(out.walk.back().actor, Actor::confirm);

  inject(lan, udp({"192.168.1.8", 9999}, {"10.0.0.2", 5000}));
  EXPECT_EQ(left(), "wan 192.168.1.9:9999 > 10.0.0.2:5000");
  EXPECT_TRUE(says("source 192.168.1.8:9999 -> 192.168.1.9:9999"));
}

TEST_F(StepTest, OldKernelsHaveTheirHelperInTheWalk) {
  masquerade_on_wan();
  state.profile.helper_at_300 = true;
  state.profile.nomenclature = Nomenclature::linux_3x;
  prepare(state);
  state.detail = WalkDetail::full;
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  ASSERT_GE(out.walk.size(), 2u);
  EXPECT_EQ(out.walk[out.walk.size() - 2].actor, Actor::helper);
  EXPECT_EQ(out.walk[out.walk.size() - 2].priority, 300);
  EXPECT_EQ(out.walk.back().function, "ipv4_confirm");
}

TEST_F(StepTest, WalkIsSilentUnlessAsked) {
  masquerade_on_wan();
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  EXPECT_TRUE(out.walk.empty());
}

TEST_F(StepTest, TapsShowTheBytesBetweenTheHooks) {
  nat_rule(pre_routing, {nat(NatKind::dnat, to("192.168.1.8"))});
  chain(ChainType::filter, pre_routing, -101, {rule({TapStatement{}})});
  chain(ChainType::filter, pre_routing, -99, {rule({TapStatement{}})});
  state.detail = WalkDetail::taps;
  inject(wan, udp({"198.51.100.9", 1}, {"203.0.113.1", 2}));
  ASSERT_EQ(out.walk.size(), 2u);
  EXPECT_EQ(flow_of(out.walk[0].bytes), "198.51.100.9:1 > 203.0.113.1:2");
  EXPECT_EQ(flow_of(out.walk[1].bytes), "198.51.100.9:1 > 192.168.1.8:2");
}

TEST_F(StepTest, PacketOfTheBoxItself) {
  masquerade_on_wan();
  send(udp({"203.0.113.1", 4000}, {"198.51.100.9", 53}));
  EXPECT_EQ(left(), "wan 203.0.113.1:4000 > 198.51.100.9:53");
  EXPECT_EQ(out.fate, Fate::sent);
  EXPECT_EQ(wire::Ipv4View(out.frames[0].bytes).ttl(), 64);
  inject(wan, udp({"198.51.100.9", 53}, {"203.0.113.1", 4000}));
  EXPECT_EQ(out.fate, Fate::delivered);
}

TEST_F(StepTest, RawSocketFillsInWhatIsOpen) {
  auto packet = udp({"0.0.0.0", 4000}, {"198.51.100.9", 53}, "data", {.id = 0});
  wire::Ipv4Edit header{wire::MutableByteView(packet)};
  header.set_total_length(9);
  header.set_checksum(0x1234);
  chooser.answers[ChoiceKind::ip_id] = 4711;
  send(packet);
  EXPECT_EQ(left(), "wan 203.0.113.1:4000 > 198.51.100.9:53");
  const wire::Ipv4View sent(out.frames[0].bytes);
  EXPECT_EQ(sent.id(), 4711);
  EXPECT_EQ(sent.total_length(), packet.size());
  EXPECT_TRUE(sent.checksum_valid());
}

TEST_F(StepTest, RawSocketLeavesIdZeroUnderDf) {
  send(udp({"203.0.113.1", 1}, {"198.51.100.9", 2}, "x",
           {.id = 0, .fragment_word = wire::ipv4::df}));
  ASSERT_EQ(out.frames.size(), 1u);
  EXPECT_EQ(wire::Ipv4View(out.frames[0].bytes).id(), 0);
  EXPECT_TRUE(chooser.asked.empty());
}

TEST_F(StepTest, OutputDnatIsRoutedAgain) {
  nat_rule(local_out, {nat(NatKind::dnat, to("192.168.1.8"))});
  send(udp({"203.0.113.1", 1}, {"198.51.100.9", 2}));
  EXPECT_EQ(left(), "dmz 203.0.113.1:1 > 192.168.1.8:2");
}

/// The hook began with the old port, and its chains keep seeing it.
TEST_F(StepTest, ChainsBehindOutputNatSeeTheOldPort) {
  nat_rule(local_out, {nat(NatKind::dnat, to("192.168.1.8"))});
  chain(ChainType::filter, local_out, priority::filter,
        {rule({equals(Field::meta_oifname, dmz), verdict(VerdictStatement::Kind::drop)})});
  send(udp({"203.0.113.1", 1}, {"198.51.100.9", 2}));
  EXPECT_EQ(left(), "dmz 203.0.113.1:1 > 192.168.1.8:2");
}

/// NAT routes again before it returns, so no later chain sees a packet that has no way.
TEST_F(StepTest, OutputNatToNowhereEndsTheHook) {
  state.topology.routes.push_back({.destination = *wire::Prefix::parse("10.9.0.0/16"),
                                   .gateway = {},
                                   .type = RouteType::unreachable});
  nat_rule(local_out, {nat(NatKind::dnat, to("10.9.0.1"))});
  chain(ChainType::filter, local_out, priority::filter,
        {rule({verdict(VerdictStatement::Kind::accept)})});
  state.detail = WalkDetail::full;
  send(udp({"203.0.113.1", 1}, {"198.51.100.9", 2}));
  EXPECT_EQ(out.fate, Fate::dropped_by_routing);
  EXPECT_EQ(out.walk.back().function, "ip_route_me_harder");
}

TEST_F(StepTest, OutputRedirectLoopsBack) {
  nat_rule(local_out, {nat(NatKind::redirect)});
  send(udp({"203.0.113.1", 1}, {"198.51.100.9", 2}));
  EXPECT_EQ(out.fate, Fate::delivered);
  EXPECT_TRUE(out.frames.empty());
  EXPECT_EQ(entry().of(Direction::reply).src, address("127.0.0.1"));
}

TEST_F(StepTest, EveryBufferComesBack) {
  masquerade_on_wan();
  const auto packet = udp({"10.0.1.2", 4000}, {"198.51.100.9", 53});
  inject(lan, packet);
  const std::uint8_t* buffer = out.frames[0].bytes.data();
  inject(lan, packet);
  EXPECT_EQ(out.frames[0].bytes.data(), buffer) << "a second step reuses the first one's memory";
}

TEST_F(StepTest, NoReferenceIsLeftBehind) {
  masquerade_on_wan();
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  const std::uint32_t references = entry().references;
  inject(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}, "x", {.ttl = 1}));
  EXPECT_EQ(out.frames.size(), 1u);
  EXPECT_EQ(entry().references, references);
}

}  // namespace
}  // namespace natstep::model::test
