// SPDX-License-Identifier: GPL-2.0-or-later
// What the lines of a .nat file mean.
#include "harness/scenario/scenario_text.h"
#include "harness/scenario/topology_lines.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view stimulus = "in lan udp 10.0.1.2:4000 > 198.51.100.9:53\n";

Scenario parsed(std::string_view text) {
  auto scenario = parse_scenario(text, "test.nat");
  if (!scenario) ADD_FAILURE() << to_string(scenario.error());
  return scenario.value_or(Scenario{});
}

/// The scenario that `lines` and one stimulus make.
Scenario with(std::string lines) {
  return parsed(lines + std::string(stimulus));
}

std::vector<std::string> addresses(const model::Port& port) {
  std::vector<std::string> out;
  for (const wire::Prefix& prefix : port.addresses)
    out.push_back(wire::to_string(prefix));
  return out;
}

const model::Port& port_of(const Scenario& scenario, std::string_view name) {
  return scenario.topology.ports.at(scenario.topology.find_port(name).value());
}

TEST(ScenarioParse, TheCommentOnTopIsTheReason) {
  EXPECT_EQ(with("\n# First.\n#\n#  Second.\ntopology router\n").reason, "First.\n\n Second.");
}

TEST(ScenarioParse, WithoutATopologyItIsTheRouter) {
  const Scenario scenario = with("");
  EXPECT_EQ(scenario.topology_name, "router");
  ASSERT_THAT(scenario.topology.ports, SizeIs(3));
  EXPECT_THAT(addresses(scenario.topology.ports[0]), ElementsAre("10.0.1.1/24"));
  EXPECT_THAT(addresses(scenario.topology.ports[1]), ElementsAre("203.0.113.1/24"));
  EXPECT_THAT(addresses(scenario.topology.ports[2]), ElementsAre("10.0.2.1/24"));
  ASSERT_THAT(scenario.topology.routes, SizeIs(1));
  EXPECT_EQ(wire::to_string(*scenario.topology.routes[0].gateway), "203.0.113.254");
}

TEST(ScenarioParse, TheHostHasOnePort) {
  const Scenario scenario = parsed("topology host\nsend udp 203.0.113.1:1 > 198.51.100.9:53\n");
  ASSERT_THAT(scenario.topology.ports, SizeIs(1));
  EXPECT_EQ(scenario.topology.ports[0].name, "wan");
  EXPECT_EQ(scenario.topology.routes.at(0).port, 0);
  EXPECT_EQ(scenario.steps.at(0).stimulus.kind, StimulusLine::Kind::send);
}

TEST(ScenarioParse, APortLineReplacesAddressesAndAddsPorts) {
  const Scenario scenario = with(
      "port lan 192.168.1.9/24,192.168.2.9/24 mtu 1400\nport sat 10.9.0.1/30\naddress wan "
      "203.0.113.2/24\n");
  EXPECT_THAT(addresses(port_of(scenario, "lan")), ElementsAre("192.168.1.9/24", "192.168.2.9/24"));
  EXPECT_EQ(port_of(scenario, "lan").mtu, 1400u);
  EXPECT_THAT(addresses(port_of(scenario, "sat")), ElementsAre("10.9.0.1/30"));
  EXPECT_THAT(addresses(port_of(scenario, "wan")), ElementsAre("203.0.113.1/24", "203.0.113.2/24"));
}

TEST(ScenarioParse, APortMayHaveNoAddress) {
  const Scenario scenario = with("port tunnel none mtu 1280\n");
  EXPECT_THAT(port_of(scenario, "tunnel").addresses, IsEmpty());
  EXPECT_EQ(port_of(scenario, "tunnel").mtu, 1280u);
}

TEST(ScenarioParse, TheDefaultRouteGoesWithItsGateway) {
  EXPECT_THAT(with("port wan 10.9.8.1/24\n").topology.routes, IsEmpty());
  EXPECT_THAT(with("port wan 203.0.113.7/24\n").topology.routes, SizeIs(1));
  EXPECT_THAT(with("route none\n").topology.routes, IsEmpty());
}

TEST(ScenarioParse, ARouteReplacesTheOneToTheSameDestination) {
  const auto routes = with(
                          "route default via 203.0.113.9 dev wan\nroute 10.8.0.0/16 dev dmz\nroute "
                          "prohibit 10.7.0.0/16\n")
                          .topology.routes;
  ASSERT_THAT(routes, SizeIs(3));
  EXPECT_EQ(wire::to_string(*routes[0].gateway), "203.0.113.9");
  EXPECT_FALSE(routes[1].gateway);
  EXPECT_EQ(routes[1].port, 2);
  EXPECT_EQ(routes[2].type, model::RouteType::prohibit);
}

TEST(ScenarioParse, KnownSysctlsChangeTheSettings) {
  const Scenario scenario = with(
      "sysctl net.netfilter.nf_conntrack_udp_timeout = 7\n"
      "sysctl net.ipv4.ip_default_ttl=33\n"
      "sysctl net.netfilter.nf_conntrack_acct = 1  # counters\n"
      "sysctl net.core.somaxconn = 4 5\n");
  EXPECT_EQ(scenario.topology.settings.timeout.udp, 7u);
  EXPECT_EQ(scenario.topology.settings.default_ttl, 33);
  EXPECT_TRUE(scenario.topology.settings.conntrack_acct);
  ASSERT_THAT(scenario.sysctls, SizeIs(4));
  EXPECT_EQ(scenario.sysctls[2].comment, "counters");
  EXPECT_EQ(scenario.sysctls[3].value, "4 5");
  EXPECT_TRUE(model_knows_sysctl("net.ipv4.ip_forward"));
  EXPECT_FALSE(model_knows_sysctl("net.core.somaxconn"));
  EXPECT_FALSE(model_knows_sysctl("net.ipv4.conf.lan.route_localnet"));
}

TEST(ScenarioParse, EverySysctlOfTheModelTakesItsDefault) {
  for (const std::string_view key : known_sysctls()) {
    model::Settings settings;
    EXPECT_TRUE(apply_sysctl(settings, key, "1")) << key;
    EXPECT_FALSE(apply_sysctl(settings, key, "-1")) << key;
    EXPECT_FALSE(apply_sysctl(settings, key, "1x")) << key;
  }
}

TEST(ScenarioParse, ABlockKeepsItsLines) {
  const Scenario scenario = with(
      "# rules\n"
      "  nft {  # of nft { itself\n"
      "\ttable ip t { comment \"}\"; } # }\n"
      "}  # behind\n"
      "iptables-nft { -P FORWARD DROP }\n");
  ASSERT_THAT(scenario.rules, SizeIs(2));
  EXPECT_EQ(scenario.rules[0].tool, netns::RuleTool::nft);
  EXPECT_EQ(scenario.rules[0].text, "  # of nft { itself\n\ttable ip t { comment \"}\"; } # }\n");
  EXPECT_EQ(scenario.rules[0].pos.line, 2);
  EXPECT_EQ(scenario.rules[0].pos.column, 8);
  EXPECT_EQ(scenario.rules[0].comment, "behind");
  EXPECT_EQ(scenario.reason, "rules");
  EXPECT_EQ(scenario.rules[1].tool, netns::RuleTool::iptables_nft);
  EXPECT_EQ(scenario.rules[1].text, " -P FORWARD DROP ");
}

TEST(ScenarioParse, IptablesIsTheLegacyVariant) {
  EXPECT_EQ(with("iptables {\n}\n").rules.at(0).tool, netns::RuleTool::iptables_legacy);
  EXPECT_EQ(with("iptables-legacy {\n}\n").rules.at(0).tool, netns::RuleTool::iptables_legacy);
}

TEST(ScenarioParse, TimePassesBeforeTheNextStimulus) {
  const std::string text = std::string(stimulus) + "wait 1\n# a pause\nwait 2\n" +
                           std::string(stimulus) + std::string(stimulus);
  const Scenario scenario = parsed(text);
  ASSERT_THAT(scenario.steps, SizeIs(3));
  EXPECT_EQ(scenario.steps[0].stimulus.wait, 0u);
  EXPECT_EQ(scenario.steps[1].stimulus.wait, 3u);
  EXPECT_EQ(scenario.steps[1].comment, "a pause");
  EXPECT_EQ(scenario.steps[2].stimulus.wait, 0u);
}

TEST(ScenarioParse, PinsBelongToTheStimulusAbove) {
  const Scenario scenario = parsed(
      "in  lan  udp 10.0.1.2:4000 > 198.51.100.9:53 \"one # two\"  # three\n"
      "out wan  udp 203.0.113.1:$p > 198.51.100.9:53   where $p in 1024-65535 and $p != 4000\n"
      "in  wan  udp 198.51.100.9:53 > 203.0.113.1:$p\n"
      "nothing\n"
      "ct  udp 10.0.1.2:4000 > 198.51.100.9:53  reply 198.51.100.9:53 > 203.0.113.1:$p  assured "
      "timeout 120\n"
      "no ct udp 10.0.1.3:4000 > 198.51.100.9:53\n");
  ASSERT_THAT(scenario.steps, SizeIs(2));
  EXPECT_EQ(scenario.steps[0].comment, "three");
  ASSERT_THAT(scenario.steps[0].pins, SizeIs(1));
  const auto& out = std::get<OutPin>(scenario.steps[0].pins[0]);
  EXPECT_EQ(out.port, "wan");
  ASSERT_THAT(out.where, SizeIs(2));
  EXPECT_EQ(out.where[1].low, 4000u);
  ASSERT_THAT(scenario.steps[1].pins, SizeIs(3));
  EXPECT_TRUE(std::holds_alternative<NothingPin>(scenario.steps[1].pins[0]));
  const auto& ct = std::get<CtPin>(scenario.steps[1].pins[1]);
  EXPECT_TRUE(ct.reply);
  EXPECT_THAT(ct.words, ElementsAre("assured", "timeout 120"));
  EXPECT_TRUE(std::get<CtPin>(scenario.steps[1].pins[2]).absent);
}

TEST(ScenarioParse, AnIcmpTupleHasTypeAndId) {
  const Scenario scenario = parsed(
      "in lan icmp 10.0.1.2 > 198.51.100.9 echo-request id 7 seq 1\n"
      "ct icmp 10.0.1.2 > 198.51.100.9 echo-request id 7  reply 198.51.100.9 > 203.0.113.1 "
      "echo-reply id 7  src-nat\n");
  const auto& ct = std::get<CtPin>(scenario.steps.at(0).pins.at(0));
  EXPECT_EQ(ct.original.print(), "icmp 10.0.1.2 > 198.51.100.9 echo-request id 7");
  EXPECT_TRUE(ct.reply);
  EXPECT_THAT(ct.words, ElementsAre("src-nat"));
}

TEST(ScenarioParse, AnExpectationMayComeFromAnywhere) {
  const std::string lines =
      "in lan udp 10.0.1.2:4000 > 198.51.100.9:69\n"
      "expect udp 198.51.100.9:* > 203.0.113.1:4000  timeout 300 port 4000 helper tftp\n"
      "no expect tcp * > 203.0.113.1:5001\n";
  const Scenario scenario = parsed(lines);
  const auto& expected = std::get<ExpectPin>(scenario.steps.at(0).pins.at(0));
  EXPECT_THAT(expected.words, ElementsAre("timeout 300", "port 4000", "helper tftp"));
  EXPECT_TRUE(std::get<ExpectPin>(scenario.steps.at(0).pins.at(1)).absent);
  const std::string printed = print_scenario(scenario);
  EXPECT_THAT(printed, ::testing::HasSubstr(lines.substr(lines.find("expect"))));
}

TEST(ScenarioParse, ATunnelIsToldByTwoCallIds) {
  const std::string lines =
      "in lan gre 10.0.1.2 > 198.51.100.9 call-id 9\n"
      "expect gre 10.0.1.2 > 198.51.100.9 call-id 9  key 7 port 4000\n"
      "no expect gre 10.0.1.2 > 198.51.100.9 call-id 9  key 8\n"
      "ct gre 10.0.1.2 > 198.51.100.9 call-id 9 key 7 reply-key 9\n";
  const Scenario scenario = parsed(lines);
  const auto& pins = scenario.steps.at(0).pins;
  EXPECT_THAT(std::get<ExpectPin>(pins.at(0)).words, ElementsAre("key 7", "port 4000"));
  EXPECT_THAT(std::get<ExpectPin>(pins.at(1)).words, ElementsAre("key 8"));
  EXPECT_THAT(std::get<CtPin>(pins.at(2)).words, ElementsAre("key 7", "reply-key 9"));
}

TEST(ScenarioParse, AnEntryMayHaveAHelper) {
  const Scenario scenario = parsed(
      "in lan tcp 10.0.1.2:4000 > 198.51.100.9:21 SYN\n"
      "ct tcp 10.0.1.2:4000 > 198.51.100.9:21  helper ftp no-seq-adjust\n");
  const auto& ct = std::get<CtPin>(scenario.steps.at(0).pins.at(0));
  EXPECT_THAT(ct.words, ElementsAre("helper ftp", "no-seq-adjust"));
}

TEST(ScenarioParse, APacketMayBeScapyOrHex) {
  const Scenario scenario = parsed(
      "in lan scapy IP(src='10.0.1.2 # where')/UDP(sport=4000)  # a comment\n"
      "out wan hex 45 00 0014\n"
      "send hex FF\n");
  EXPECT_EQ(scenario.steps[0].stimulus.packet.kind, PacketSource::Kind::scapy);
  EXPECT_EQ(scenario.steps[0].stimulus.packet.expression,
            "IP(src='10.0.1.2 # where')/UDP(sport=4000)");
  const auto& out = std::get<OutPin>(scenario.steps[0].pins.at(0));
  EXPECT_EQ(out.packet.kind, PacketSource::Kind::hex);
  EXPECT_THAT(out.packet.bytes, ElementsAre(0x45, 0x00, 0x00, 0x14));
  EXPECT_THAT(scenario.steps[1].stimulus.packet.bytes, ElementsAre(0xff));
}

TEST(ScenarioParse, PositionsAreOfTheLineAndOfThePacket) {
  const Scenario scenario =
      parsed("topology router\n\n  in lan\tudp 10.0.1.2:4000 > 198.51.100.9:53\n");
  EXPECT_EQ(scenario.steps[0].stimulus.pos.line, 3);
  EXPECT_EQ(scenario.steps[0].stimulus.pos.column, 3);
  EXPECT_EQ(scenario.steps[0].stimulus.packet.pos.column, 10);
}

TEST(ScenarioParse, CarriageReturnsTabsAndAByteOrderMarkDoNoHarm) {
  const Scenario scenario = parsed(
      "\xef\xbb\xbf# Why.\r\ntopology\trouter\r\nnft {\r\n\ttable ip t { }\r\n}\r\nin\tlan\tudp "
      "10.0.1.2:1 > 198.51.100.9:2\r\n");
  EXPECT_EQ(scenario.reason, "Why.");
  EXPECT_EQ(scenario.rules.at(0).text, "\n\ttable ip t { }\n");
}

}  // namespace
}  // namespace natstep::harness
