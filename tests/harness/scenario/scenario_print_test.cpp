// SPDX-License-Identifier: GPL-2.0-or-later
// The canonical text: parses back to the same scenario, prints the same again. And the builder,
// which writes that text.
#include "harness/scenario/scenario_builder.h"
#include "harness/scenario/scenario_text.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

Scenario parsed(const std::string& text) {
  auto scenario = parse_scenario(text, "test.nat");
  if (!scenario) ADD_FAILURE() << to_string(scenario.error()) << "\n" << text;
  return scenario.value_or(Scenario{});
}

constexpr const char* canonical =
    "# Why.\n"
    "#\n"
    "#   Indented.\n"
    "\n"
    "# About the box.\n"
    "topology router\n"
    "port lan 192.168.1.9/24,192.168.2.9/24 mtu 1400\n"
    "port sat 10.9.0.1/30\n"
    "route 10.8.0.0/16 via 10.9.0.2 dev sat\n"
    "route blackhole 10.7.0.0/16\n"
    "\n"
    "# Short.\n"
    "sysctl net.netfilter.nf_conntrack_udp_timeout = 7\n"
    "pins need dnat_range_starts_at_min no-time_wait_eviction\n"
    "\n"
    "# Rules.\n"
    "nft {\n"
    "  table ip t { }  # theirs\n"
    "}\n"
    "\n"
    "iptables { -t nat -L }\n"
    "\n"
    "# First.\n"
    "in  lan   udp 192.168.1.2:4000 > 198.51.100.9:53\n"
    "# Moved.\n"
    "out wan   udp 203.0.113.1:$p > 198.51.100.9:53   where $p in 1024-65535 and $p != 4000\n"
    "ct  udp 192.168.1.2:4000 > 198.51.100.9:53  reply 198.51.100.9:53 > 203.0.113.1:$p  src-nat "
    "mark 7\n"
    "no ct udp 192.168.1.3:4000 > 198.51.100.9:53\n"
    "\n"
    "# Rules change.\n"
    "nft {\n"
    "  flush ruleset\n"
    "}\n"
    "no ct udp 192.168.1.2:4000 > 198.51.100.9:53\n"
    "\n"
    "sysctl net.netfilter.nf_conntrack_udp_timeout = 9\n"
    "\n"
    "address add wan 198.18.0.1/24\n"
    "\n"
    "address del wan 198.18.0.1/24\n"
    "\n"
    "wait 2\n"
    "link wan down\n"
    "\n"
    "link wan up\n"
    "\n"
    "route add 10.6.0.0/16 via 10.9.0.2 dev sat\n"
    "\n"
    "route del blackhole 10.7.0.0/16\n"
    "\n"
    "ct delete udp 192.168.1.2:4000 > 198.51.100.9:53\n"
    "\n"
    "ct create udp 192.168.1.2:4001 > 198.51.100.9:53  reply 198.51.100.9:53 > 203.0.113.1:4001  "
    "timeout 120 replied fixed-timeout  snat 203.0.113.1:4001  dnat 198.51.100.9\n"
    "\n"
    "ct update udp 192.168.1.2:4001 > 198.51.100.9:53  timeout 60 mark 7\n"
    "\n"
    "ct flush\n"
    "nothing\n"
    "\n"
    "release 1 drop\n"
    "\n"
    "release 2 accept as udp 10.0.1.2:4000 > 198.51.100.9:53\n"
    "nothing\n"
    "\n"
    "send udp 203.0.113.1:1 > 198.51.100.9:53\n"
    "nothing\n"
    "# Asked for.\n"
    "should out wan   udp 203.0.113.1:1 > 198.51.100.9:53\n"
    "should no ct udp 203.0.113.1:1 > 198.51.100.9:53\n"
    "\n"
    "in  lan   scapy IP()/UDP()\n"
    "out wan   hex 4500\n"
    "\n"
    "# The end.\n";

TEST(ScenarioPrint, TheCanonicalTextPrintsAsItIs) {
  EXPECT_EQ(print_scenario(parsed(canonical)), canonical);
}

TEST(ScenarioPrint, WhatIsParsedBackIsTheSameBox) {
  const Scenario before = parsed(canonical);
  const Scenario after = parsed(print_scenario(before));
  ASSERT_EQ(before.topology.ports.size(), after.topology.ports.size());
  for (std::size_t i = 0; i < before.topology.ports.size(); ++i) {
    EXPECT_EQ(before.topology.ports[i].addresses, after.topology.ports[i].addresses);
    EXPECT_EQ(before.topology.ports[i].mtu, after.topology.ports[i].mtu);
  }
  ASSERT_EQ(before.topology.routes.size(), after.topology.routes.size());
  EXPECT_EQ(before.topology.settings.timeout.udp, after.topology.settings.timeout.udp);
}

/// Ways to write things that print differently from how they were written.
const char* const loose[] = {
    "topology router\n# above a port\nport lan 10.0.1.1/24\nin lan hex 45\n",
    "in lan hex 4 5 0 0 # behind\n# between\n\n# twice\nnothing\n# end\n",
    "route none\nroute default via 203.0.113.9 dev wan\nin lan hex 45\n",
    "route default via 203.0.113.9 dev wan\nin lan hex 45\n",
    "port wan 10.9.8.1/24\nin lan hex 45\n",
    "port wan 10.9.8.1/24\nroute 10.0.0.0/8 dev wan\nroute prohibit 0.0.0.0/0\nin lan hex 45\n",
    "topology host\nroute none\nsend hex 45\n",
    "address dmz 10.0.3.1/24\nin lan hex 45\n",
    "#\n# a\n#\n\nin lan hex 45\n#\n# b\n#\n",
    "iptables-nft {}\nnft {\n}\niptables-legacy { a\n b }\nin lan hex 45\n",
    "nft {\r\r\n # a\r\r\r\n}\nin lan hex 45\n",
    "sysctl net.core.x=1 2\n# c\nsysctl net.core.y = 3\nin lan hex 45\n",
};

class LooseText : public ::testing::TestWithParam<const char*> {};

TEST_P(LooseText, PrintsToSomethingThatPrintsTheSame) {
  const std::string once = print_scenario(parsed(GetParam()));
  EXPECT_EQ(print_scenario(parsed(once)), once);
}

TEST_P(LooseText, KeepsItsRoutesAndComments) {
  const Scenario before = parsed(GetParam());
  const Scenario after = parsed(print_scenario(before));
  ASSERT_EQ(before.topology.routes.size(), after.topology.routes.size());
  for (std::size_t i = 0; i < before.topology.routes.size(); ++i) {
    EXPECT_EQ(before.topology.routes[i].destination, after.topology.routes[i].destination);
    EXPECT_EQ(before.topology.routes[i].gateway, after.topology.routes[i].gateway);
  }
  EXPECT_EQ(before.reason, after.reason);
  EXPECT_EQ(before.topology_comment, after.topology_comment);
  EXPECT_EQ(before.closing_comment, after.closing_comment);
  EXPECT_EQ(before.steps.at(0).comment, after.steps.at(0).comment);
}

INSTANTIATE_TEST_SUITE_P(All, LooseText, ::testing::ValuesIn(loose));

TEST(ScenarioPrint, TheWholeCorpusRoundTrips) {
  const std::filesystem::path corpus = std::filesystem::path(NATSTEP_SOURCE_DIR) / "corpus";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".nat") continue;
    const auto scenario = load_scenario(entry.path());
    ASSERT_TRUE(scenario) << to_string(scenario.error());
    const std::string once = print_scenario(*scenario);
    EXPECT_EQ(print_scenario(parsed(once)), once) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0u);
}

TEST(ScenarioBuilder, WritesWhatALineWouldSay) {
  const wire::Bytes packet{0x45, 0x00};
  const Scenario scenario = ScenarioBuilder("router")
                                .reason("Why.")
                                .port("lan", "192.168.1.9/24")
                                .route("10.8.0.0/16 dev dmz")
                                .sysctl("net.ipv4.ip_default_ttl", "9")
                                .nft("table ip t { }")
                                .in("lan", "udp 192.168.1.2:4000 > 198.51.100.9:53")
                                .out("wan", "udp 203.0.113.1:$p > 198.51.100.9:53 where $p != 4000")
                                .ct("udp 192.168.1.2:4000 > 198.51.100.9:53 unreplied")
                                .send(packet)
                                .nothing()
                                .build();
  EXPECT_EQ(print_scenario(scenario),
            "# Why.\n"
            "topology router\n"
            "port lan 192.168.1.9/24\n"
            "route 10.8.0.0/16 dev dmz\n"
            "\n"
            "sysctl net.ipv4.ip_default_ttl = 9\n"
            "\n"
            "nft {\ntable ip t { }\n}\n"
            "\n"
            "in  lan   udp 192.168.1.2:4000 > 198.51.100.9:53\n"
            "out wan   udp 203.0.113.1:$p > 198.51.100.9:53   where $p != 4000\n"
            "ct  udp 192.168.1.2:4000 > 198.51.100.9:53  unreplied\n"
            "\n"
            "send hex 4500\n"
            "nothing\n");
}

TEST(ScenarioBuilder, RefusesWhatNoLineCanSay) {
  EXPECT_THROW(static_cast<void>(ScenarioBuilder("router").in("lna", "hex 45").build()),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(ScenarioBuilder("router").build()), std::invalid_argument);
}

}  // namespace
}  // namespace natstep::harness
