// SPDX-License-Identifier: GPL-2.0-or-later
// When conntrack and NAT stand, as nf_ct_netns_get and nf_nat_register_fn decide. Each case was
// tried on Linux 6.18 by counting entries.
#include "harness/rules/rules.h"
#include "harness/scenario/topology_lines.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::SizeIs;

RulesBlock block(netns::RuleTool tool, std::string text, int line = 1) {
  return {.tool = tool, .text = std::move(text), .pos = {.line = line, .column = 1}};
}

model::Ruleset iptables(std::string text) {
  const std::vector<RulesBlock> blocks{block(netns::RuleTool::iptables_legacy, std::move(text))};
  return understand_rules(blocks, "", *default_topology("router"));
}

/// A table of `family` with one chain and, when given, one rule.
std::string listing(const std::string& family, const std::string& type, const std::string& expr) {
  const std::string rule =
      expr.empty() ? ""
                   : R"(, {"rule": {"family": ")" + family +
                         R"(", "table": "t", "chain": "c", "handle": 2, "expr": [)" + expr + "]}}";
  return R"({"nftables": [{"table": {"family": ")" + family + R"(", "name": "t", "handle": 1}},
      {"chain": {"family": ")" +
         family + R"(", "table": "t", "name": "c", "handle": 1, "type": ")" + type +
         R"(", "hook": "prerouting", "prio": -100}})" + rule + "]}";
}

model::Ruleset nft(const std::string& family, const std::string& type,
                   const std::string& expr = "") {
  const std::vector<RulesBlock> blocks{block(netns::RuleTool::nft, "")};
  return understand_rules(blocks, listing(family, type, expr), *default_topology("router"));
}

constexpr const char* redirect = R"({"redirect": null})";
constexpr const char* state =
    R"({"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}})";

TEST(Settle, WithoutRulesNothingStands) {
  const auto rules = understand_rules({}, "", *default_topology("router"));
  EXPECT_FALSE(rules.ipv4.conntrack);
  EXPECT_FALSE(rules.ipv4.nat);
}

TEST(Settle, AnEmptyNatChainBringsNatButNotConntrack) {
  EXPECT_TRUE(nft("ip", "nat").ipv4.nat);
  EXPECT_FALSE(nft("ip", "nat").ipv4.conntrack);
  EXPECT_TRUE(iptables("-t nat -P PREROUTING ACCEPT").ipv4.nat);
  EXPECT_FALSE(iptables("-t nat -P PREROUTING ACCEPT").ipv4.conntrack);
}

TEST(Settle, ANatStatementBringsConntrack) {
  EXPECT_TRUE(nft("ip", "nat", redirect).ipv4.conntrack);
  EXPECT_TRUE(iptables("-t nat -A PREROUTING -p tcp -j REDIRECT").ipv4.conntrack);
}

TEST(Settle, ALookAtTheEntryBringsConntrackButNotNat) {
  EXPECT_TRUE(nft("ip", "filter", state).ipv4.conntrack);
  EXPECT_FALSE(nft("ip", "filter", state).ipv4.nat);
  EXPECT_TRUE(nft("ip", "filter", R"({"mangle": {"key": {"ct": {"key": "mark"}}, "value": 5}})")
                  .ipv4.conntrack);
  EXPECT_TRUE(iptables("-A FORWARD -m state --state NEW").ipv4.conntrack);
  EXPECT_TRUE(iptables("-A FORWARD -j CONNMARK --set-mark 1").ipv4.conntrack);
}

TEST(Settle, NotrackAloneBringsNothing) {
  EXPECT_FALSE(nft("ip", "filter", R"({"notrack": null})").ipv4.conntrack);
  EXPECT_FALSE(iptables("-t raw -A PREROUTING -j CT --notrack").ipv4.conntrack);
}

TEST(Settle, TheFamilyDecides) {
  EXPECT_FALSE(nft("ip6", "nat", redirect).ipv4.conntrack);
  EXPECT_FALSE(nft("ip6", "nat", redirect).ipv4.nat);
  EXPECT_TRUE(nft("inet", "nat", redirect).ipv4.nat);
  EXPECT_TRUE(nft("inet", "filter", state).ipv4.conntrack);
}

// ---- several blocks ----

/// The listing of iptables-nft's nat table, whose target is opaque, and of a table of nft's own.
constexpr const char* both_tables = R"({"nftables": [
    {"table": {"family": "ip", "name": "nat", "handle": 1}},
    {"chain": {"family": "ip", "table": "nat", "name": "PREROUTING", "handle": 1, "type": "nat", "hook": "prerouting", "prio": -100}},
    {"rule": {"family": "ip", "table": "nat", "chain": "PREROUTING", "handle": 2, "expr": [{"xt": {"type": "target", "name": "DNAT"}}]}},
    {"table": {"family": "ip", "name": "own", "handle": 2}},
    {"chain": {"family": "ip", "table": "own", "name": "pre", "handle": 1, "type": "nat", "hook": "prerouting", "prio": -100}}]})";
constexpr const char* dnat_line = "-t nat -A PREROUTING -p udp -j DNAT --to-destination 10.0.0.2";

std::uint32_t registered(const model::Ruleset& rules, std::string_view table) {
  return std::ranges::find(rules.tables, table, &model::Table::name)->chains.at(0).registered;
}

TEST(SeveralBlocks, WhatIptablesPutIntoNfTablesIsReadOnce) {
  const std::vector<RulesBlock> blocks{block(netns::RuleTool::iptables_nft, dnat_line, 1),
                                       block(netns::RuleTool::nft, "", 5)};
  const auto rules = understand_rules(blocks, both_tables, *default_topology("router"));
  EXPECT_TRUE(rules.not_understood.empty());
  ASSERT_THAT(rules.tables, SizeIs(2));
  EXPECT_LT(registered(rules, "nat"), registered(rules, "own"));
}

TEST(SeveralBlocks, AreRegisteredInTheirOrder) {
  const std::vector<RulesBlock> blocks{block(netns::RuleTool::nft, "", 1),
                                       block(netns::RuleTool::iptables_nft, dnat_line, 5)};
  const auto rules = understand_rules(blocks, both_tables, *default_topology("router"));
  EXPECT_TRUE(rules.not_understood.empty());
  EXPECT_LT(registered(rules, "own"), registered(rules, "nat"));
}

TEST(SeveralBlocks, LegacyAndNftTablesOfOneNameStandSideBySide) {
  const std::vector<RulesBlock> blocks{block(netns::RuleTool::iptables_legacy, dnat_line, 1),
                                       block(netns::RuleTool::iptables_nft, dnat_line, 5)};
  const auto rules = understand_rules(blocks, "", *default_topology("router"));
  ASSERT_THAT(rules.tables, SizeIs(2));
  EXPECT_TRUE(rules.tables[0].legacy_iptables);
  EXPECT_FALSE(rules.tables[1].legacy_iptables);
}

}  // namespace
}  // namespace natstep::harness
