// SPDX-License-Identifier: GPL-2.0-or-later
// nft rules as libnftables 1.0.6 lists them, and what becomes of them.
#include "harness/rules/rules.h"
#include "harness/scenario/topology_lines.h"
#include "model/conntrack/conn.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using model::Field;
using model::Match;
using model::NatKind;
using model::NatStatement;
using model::value_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string base_chain(const std::string& type = "nat", const std::string& hook = "prerouting",
                       int priority = -100) {
  return R"({"chain": {"family": "ip", "table": "t", "name": "c", "handle": 1, "type": ")" + type +
         R"(", "hook": ")" + hook + R"(", "prio": )" + std::to_string(priority) +
         R"(, "policy": "accept"}})";
}

std::string listing(const std::string& objects) {
  return R"({"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
             {"table": {"family": "ip", "name": "t", "handle": 3}}, )" +
         objects + "]}";
}

model::Ruleset read(const std::string& json) {
  model::Ruleset rules;
  add_nft_rules(json, *default_topology("router"), rules);
  return rules;
}

/// The rules that one listed rule becomes, in a table with the sets given.
model::Ruleset read_rule(const std::string& expr, const std::string& sets = "") {
  return read(
      listing(sets + base_chain() +
              R"(, {"rule": {"family": "ip", "table": "t", "chain": "c", "handle": 2, "expr": [)" +
              expr + "]}}"));
}

std::vector<model::Rule> rules_of(const std::string& expr, const std::string& sets = "") {
  const auto rules = read_rule(expr, sets);
  EXPECT_THAT(rules.not_understood, IsEmpty()) << rules.not_understood.front().what;
  return rules.tables.at(0).chains.at(0).rules;
}

Match match_of(const std::string& match) {
  const auto rules = rules_of(R"({"match": )" + match + "}");
  return std::get<Match>(rules.at(0).statements.at(0));
}

NatStatement nat_of(const std::string& statement) {
  return std::get<NatStatement>(rules_of(statement).at(0).statements.at(0));
}

std::string not_understood(const std::string& expr) {
  const auto rules = read_rule(expr);
  return rules.not_understood.empty() ? "understood" : rules.not_understood.front().what;
}

std::string span_of(const model::NatRange& range) {
  return wire::to_string(*range.min_address) + "-" + wire::to_string(*range.max_address);
}

// ---- chains ----

TEST(NftChains, ABaseChainHasItsPlace) {
  const auto rules = read(listing(base_chain("filter", "forward", -5)));
  const model::Chain& chain = rules.tables.at(0).chains.at(0);
  EXPECT_TRUE(chain.base);
  EXPECT_EQ(chain.type, model::ChainType::filter);
  EXPECT_EQ(chain.hook, model::Hook::forward);
  EXPECT_EQ(chain.priority, -5);
}

TEST(NftChains, ThePolicyIsTheChains) {
  std::string chain = base_chain("filter", "forward", 0);
  chain.replace(chain.find("\"accept\""), 8, "\"drop\"");
  EXPECT_EQ(read(listing(chain)).tables.at(0).chains.at(0).policy,
            model::VerdictStatement::Kind::drop);
}

TEST(NftChains, AreRegisteredByHandleHoweverTheyAreListed) {
  const auto rules = read(R"({"nftables": [
      {"table": {"family": "ip", "name": "t", "handle": 1}},
      {"chain": {"family": "ip", "table": "t", "name": "second", "handle": 9, "type": "nat", "hook": "prerouting", "prio": -100}},
      {"chain": {"family": "ip", "table": "t", "name": "first", "handle": 2, "type": "nat", "hook": "prerouting", "prio": -100}},
      {"chain": {"family": "ip", "table": "t", "name": "plain", "handle": 1}}]})");
  const auto& chains = rules.tables.at(0).chains;
  ASSERT_THAT(chains, SizeIs(3));
  EXPECT_EQ(chains[0].name, "plain");
  EXPECT_FALSE(chains[0].base);
  EXPECT_EQ(chains[1].name, "first");
  EXPECT_LT(chains[1].registered, chains[2].registered);
}

TEST(NftChains, OtherFamiliesAreLeftOutOrNamed) {
  const auto table = [](const std::string& family, const std::string& more = "") {
    return R"({"nftables": [{"table": {"family": ")" + family + R"(", "name": "t", "handle": 1)" +
           more + "}}]}";
  };
  EXPECT_THAT(read(table("bridge")).tables, IsEmpty());
  EXPECT_EQ(read(table("ip6")).tables.at(0).family, model::RuleFamily::ip6);
  EXPECT_EQ(read(table("netdev")).not_understood.at(0).what, "table netdev t");
}

TEST(NftChains, ADormantTableHasNoHooks) {
  const auto with_flags = [](const std::string& flags) {
    return read(R"({"nftables": [{"table": {"family": "ip", "name": "t", "handle": 1, "flags": )" +
                flags + R"(}},
        {"chain": {"family": "ip", "table": "t", "name": "c", "handle": 1, "type": "nat",
                   "hook": "postrouting", "prio": 100, "policy": "accept"}},
        {"rule": {"family": "ip", "table": "t", "chain": "c", "handle": 2,
                  "expr": [{"masquerade": null}]}}]})");
  };
  for (const char* flags : {R"(["dormant"])", R"("dormant")", R"("a stray string")"}) {
    auto rules = with_flags(flags);
    settle(rules);
    EXPECT_FALSE(rules.tables.at(0).chains.at(0).base) << flags;
    EXPECT_FALSE(rules.ipv4.nat) << flags;
    EXPECT_TRUE(rules.ipv4.conntrack) << flags;
  }
}

TEST(NftChains, RulesOfIpv6AloneNeedNotBeUnderstood) {
  const auto rules = read(R"({"nftables": [{"table": {"family": "ip6", "name": "t", "handle": 1}},
      {"chain": {"family": "ip6", "table": "t", "name": "c", "handle": 1}},
      {"rule": {"family": "ip6", "table": "t", "chain": "c", "handle": 2, "expr": [{"reject": null}]}}]})");
  EXPECT_THAT(rules.not_understood, IsEmpty());
}

TEST(NftChains, WhatIsNoListingIsNamed) {
  EXPECT_THAT(read("{").not_understood, SizeIs(1));
  EXPECT_THAT(read(R"({"nftables": [{"table": {}}]})").not_understood, SizeIs(1));
}

// ---- matches ----

TEST(NftMatches, NumbersNamesAndAddresses) {
  const Match port = match_of(
      R"({"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 9999})");
  EXPECT_EQ(port.field, Field::udp_dport);
  EXPECT_EQ(port.ranges.at(0).low, value_of(9999));
  const Match protocol =
      match_of(R"({"op": "!=", "left": {"meta": {"key": "l4proto"}}, "right": "tcp"})");
  EXPECT_EQ(protocol.field, Field::meta_l4proto);
  EXPECT_EQ(protocol.ranges.at(0).low, value_of(6));
  EXPECT_TRUE(protocol.negated);
  const Match address = match_of(
      R"({"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "10.0.0.0", "len": 16}}})");
  EXPECT_EQ(address.ranges.at(0).low, value_of(0x0a000000));
  EXPECT_EQ(address.ranges.at(0).high, value_of(0x0a00ffff));
}

TEST(NftMatches, InterfacesArePorts) {
  const auto ports = [](const std::string& right) {
    std::vector<std::uint8_t> ids;
    for (const auto& range :
         match_of(R"({"op": "==", "left": {"meta": {"key": "iifname"}}, "right": )" + right + "}")
             .ranges)
      ids.push_back(range.low.back());
    return ids;
  };
  EXPECT_THAT(ports(R"("wan")"), ElementsAre(1));
  EXPECT_THAT(ports(R"({"set": ["lan", "dmz"]})"), ElementsAre(0, 2));
  EXPECT_THAT(ports(R"("*an")"), IsEmpty());
  EXPECT_THAT(ports(R"("la*")"), ElementsAre(0));
  EXPECT_THAT(ports(R"("eth7")"), IsEmpty());
}

TEST(NftMatches, StatesAreBits) {
  const Match some = match_of(
      R"({"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]})");
  EXPECT_TRUE(some.any_bit);
  EXPECT_EQ(some.ranges.at(0).low, value_of(6));
  const Match newer = match_of(
      R"({"op": "in", "left": {"ct": {"key": "state"}}, "right": {"|": ["established", "related"]}})");
  EXPECT_EQ(newer.ranges.at(0).low, value_of(6));
  const Match exact = match_of(
      R"({"op": "==", "left": {"ct": {"key": "state"}}, "right": {"set": ["established", "new"]}})");
  EXPECT_FALSE(exact.any_bit);
  EXPECT_THAT(exact.ranges, SizeIs(2));
  const Match status =
      match_of(R"({"op": "in", "left": {"ct": {"key": "status"}}, "right": "dnat"})");
  EXPECT_EQ(status.ranges.at(0).low, value_of(model::status::dst_nat));
}

TEST(NftMatches, MasksAndFlags) {
  const Match masked = match_of(
      R"({"op": "==", "left": {"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, ["syn", "ack"]]}, "right": "syn"})");
  EXPECT_EQ(*masked.mask, value_of(0x12));
  EXPECT_EQ(masked.ranges.at(0).low, value_of(0x02));
  const Match none = match_of(
      R"({"op": "!", "left": {"payload": {"protocol": "tcp", "field": "flags"}}, "right": "syn"})");
  EXPECT_TRUE(none.any_bit);
  EXPECT_TRUE(none.negated);
}

TEST(NftMatches, Orders) {
  const auto bounds = [](const std::string& op, int right) {
    return match_of(R"({"op": ")" + op +
                    R"(", "left": {"payload": {"protocol": "ip", "field": "ttl"}}, "right": )" +
                    std::to_string(right) + "}")
        .ranges;
  };
  EXPECT_EQ(bounds("<", 5).at(0).high, value_of(4));
  EXPECT_EQ(bounds("<=", 5).at(0).high, value_of(5));
  EXPECT_EQ(bounds(">", 255).at(0).low, value_of(256));
  EXPECT_EQ(bounds(">=", 5).at(0).low, value_of(5));
  EXPECT_EQ(bounds("<", 256).at(0).high, value_of(255));
  EXPECT_THAT(bounds("<", 0), IsEmpty());
}

TEST(NftMatches, NamedSetsAreLookedUp) {
  const std::string set =
      R"({"set": {"family": "ip", "name": "s", "table": "t", "type": "ipv4_addr", "handle": 4, "flags": ["interval"],
      "elem": [{"prefix": {"addr": "10.0.1.0", "len": 24}}, {"range": ["10.0.2.5", "10.0.2.9"]}, {"elem": {"val": "10.0.3.1", "comment": "x"}}]}}, )";
  const std::string rule =
      R"({"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "@s"}})";
  EXPECT_THAT(std::get<Match>(rules_of(rule, set).at(0).statements.at(0)).ranges, SizeIs(3));
  std::string dynamic = set;
  dynamic.replace(dynamic.find("interval"), 8, "dynamic");
  EXPECT_THAT(read_rule(rule, dynamic).not_understood, SizeIs(1));
}

TEST(NftMatches, AConcatenationIsOneRuleForEachElement) {
  const auto rules = rules_of(
      R"({"match": {"op": "==", "left": {"concat": [{"meta": {"key": "iifname"}}, {"payload": {"protocol": "ip", "field": "saddr"}}]},
      "right": {"set": [{"concat": ["lan", "10.0.0.1"]}, {"concat": ["dmz", "10.0.0.2"]}]}}}, {"drop": null})");
  ASSERT_THAT(rules, SizeIs(2));
  EXPECT_THAT(rules[1].statements, SizeIs(3));
  EXPECT_EQ(std::get<Match>(rules[1].statements[1]).ranges.at(0).low, value_of(0x0a000002));
}

TEST(NftMatches, AMatchOnIpv6ReadsItsOwnField) {
  const Match match = match_of(
      R"({"op": "==", "left": {"payload": {"protocol": "ip6", "field": "saddr"}}, "right": "::1"})");
  EXPECT_EQ(match.field, Field::ip6_saddr);
  EXPECT_EQ(match.ranges.at(0).low, value_of(*wire::Address::parse("::1")));
}

// ---- statements ----

TEST(NftStatements, NatWithItsRange) {
  const NatStatement dnat = nat_of(R"({"dnat": {"addr": "192.168.1.8", "port": 53}})");
  EXPECT_EQ(dnat.kind, NatKind::dnat);
  EXPECT_EQ(span_of(dnat.range), "192.168.1.8-192.168.1.8");
  EXPECT_EQ(dnat.range.min_port, 53);
  const NatStatement snat = nat_of(
      R"({"snat": {"addr": {"range": ["203.0.113.5", "203.0.113.6"]}, "port": {"range": [1000, 2000]}, "flags": "persistent"}})");
  EXPECT_EQ(span_of(snat.range), "203.0.113.5-203.0.113.6");
  EXPECT_EQ(snat.range.max_port, 2000);
  EXPECT_TRUE(snat.range.persistent);
  const NatStatement masquerade = nat_of(
      R"({"masquerade": {"port": {"range": [1024, 65535]}, "flags": ["fully-random", "persistent"]}})");
  EXPECT_EQ(masquerade.kind, NatKind::masquerade);
  EXPECT_TRUE(masquerade.range.fully_random);
  EXPECT_FALSE(masquerade.range.random);
  EXPECT_FALSE(nat_of(R"({"redirect": null})").range.min_port);
}

TEST(NftStatements, AnAddressRangeThatIsListedAsAPrefixIsARange) {
  const NatStatement dnat =
      nat_of(R"({"dnat": {"addr": {"prefix": {"addr": "192.168.1.8", "len": 31}}}})");
  EXPECT_EQ(dnat.kind, NatKind::dnat);
  EXPECT_EQ(span_of(dnat.range), "192.168.1.8-192.168.1.9");
  const NatStatement netmap = nat_of(
      R"({"snat": {"addr": {"prefix": {"addr": "192.168.0.0", "len": 16}}, "flags": "netmap", "type_flags": "prefix"}})");
  EXPECT_EQ(netmap.kind, NatKind::netmap);
  EXPECT_EQ(span_of(netmap.range), "192.168.0.0-192.168.255.255");
}

TEST(NftStatements, MapsBecomeOneRuleForEachElement) {
  const std::string map =
      R"({"map": {"family": "ip", "name": "m", "table": "t", "type": "inet_service", "handle": 5, "map": "ipv4_addr", "elem": [[80, "10.0.0.2"], [81, "10.0.0.3"]]}}, )";
  const auto rules = rules_of(
      R"({"dnat": {"addr": {"map": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": "@m"}}}})",
      map);
  ASSERT_THAT(rules, SizeIs(2));
  EXPECT_EQ(span_of(std::get<NatStatement>(rules[1].statements.at(1)).range), "10.0.0.3-10.0.0.3");
  const auto verdicts = rules_of(
      R"({"vmap": {"key": {"payload": {"protocol": "tcp", "field": "dport"}}, "data": {"set": [[22, {"accept": null}], [24, {"jump": {"target": "sub"}}]]}}})");
  ASSERT_THAT(verdicts, SizeIs(2));
  EXPECT_EQ(std::get<model::VerdictStatement>(verdicts[1].statements.at(1)).target, "sub");
}

TEST(NftStatements, APortMayComeFromAMap) {
  const auto rules = rules_of(
      R"({"redirect": {"port": {"map": {"key": {"payload": {"protocol": "udp", "field": "dport"}}, "data": {"set": [[53, 5353], [123, 1123]]}}}}})");
  ASSERT_THAT(rules, SizeIs(2));
  EXPECT_EQ(std::get<NatStatement>(rules[1].statements.at(1)).range.min_port, 1123);
}

TEST(NftStatements, ObjectsAreKnownByTheirKindAndName) {
  const std::string objects =
      R"({"ct timeout": {"family": "ip", "name": "a", "table": "t", "handle": 5, "protocol": "udp", "l3proto": "ip", "policy": {"unreplied": 7}}},
         {"ct expectation": {"family": "ip", "name": "a", "table": "t", "handle": 6, "protocol": "tcp", "l3proto": "ip", "dport": 5001, "timeout": 60000, "size": 2}}, )";
  const auto rules = rules_of(R"({"ct timeout": "a"}, {"ct expectation": "a"})", objects);
  const auto& policy = std::get<model::TimeoutStatement>(rules.at(0).statements.at(0));
  EXPECT_EQ(policy.timeouts->udp, 7u);
  EXPECT_EQ(policy.timeouts->udp_stream, 120u) << "nft leaves out its defaults";
  EXPECT_EQ(std::get<model::ExpectationStatement>(rules.at(0).statements.at(1)).port, 5001);
  EXPECT_EQ(not_understood(R"({"ct timeout": "b"})"), "ct timeout set \"b\"");
}

TEST(NftStatements, MarksAreMaskAndValue) {
  const auto mark = [](const std::string& value) {
    return std::get<model::SetMarkStatement>(
        rules_of(R"({"mangle": {"key": {"meta": {"key": "mark"}}, "value": )" + value + "}}")
            .at(0)
            .statements.at(0));
  };
  const auto changed = [&](const std::string& value, std::uint32_t before) {
    const auto statement = mark(value);
    return (before & ~statement.mask) ^ statement.value;
  };
  EXPECT_EQ(changed("7", 0xff00), 7u);
  EXPECT_EQ(changed(R"({"|": [{"meta": {"key": "mark"}}, 3]})", 0xff01), 0xff03u);
  EXPECT_EQ(changed(R"({"&": [{"meta": {"key": "mark"}}, 4294967040]})", 0xffff), 0xff00u);
  EXPECT_EQ(changed(R"({"^": [{"meta": {"key": "mark"}}, 15]})", 0xff), 0xf0u);
  EXPECT_EQ(changed(R"({"|": [{"&": [{"meta": {"key": "mark"}}, 4294967040]}, 5]})", 0x1234),
            0x1205u);
}

TEST(NftStatements, TheFirstOfAMapsRulesHasWhatStandsBeforeTheMap) {
  const auto rules = rules_of(
      R"({"limit": {"rate": 1, "burst": 3, "per": "hour"}}, {"dnat": {"addr": {"map": {"key": {"numgen": {"mode": "inc", "mod": 2, "offset": 0}}, "data": {"set": [[0, "10.0.0.2"], [1, "10.0.0.3"]]}}}}})");
  ASSERT_THAT(rules, SizeIs(2));
  EXPECT_THAT(rules[0].statements, SizeIs(4));  // limit, numgen, its value, dnat
  EXPECT_EQ(rules[0].prefix, 2u);
  EXPECT_EQ(rules[0].alternatives_left, 1u);
  EXPECT_THAT(rules[1].statements, SizeIs(2));
  EXPECT_EQ(rules[1].prefix, 0u);
}

TEST(NftStatements, AMarkCanBeThatOfTheOther) {
  const auto rules = rules_of(
      R"({"mangle": {"key": {"ct": {"key": "mark"}}, "value": {"&": [{"meta": {"key": "mark"}}, 15]}}})");
  const auto& copy = std::get<model::CopyMarkStatement>(rules.at(0).statements.at(0));
  EXPECT_EQ(copy.to, model::MarkOf::entry);
  EXPECT_EQ(copy.copied, 15u);
  EXPECT_EQ(copy.cleared, 0xffffffffu);
}

TEST(NftStatements, QueuesOfUserSpace) {
  using model::VerdictStatement;
  const auto queue = [](const std::string& expr) {
    return std::get<VerdictStatement>(rules_of(expr).at(0).statements.at(0));
  };
  EXPECT_EQ(queue(R"({"queue": {"num": 7}})").kind, VerdictStatement::Kind::queue);
  EXPECT_EQ(queue(R"({"queue": {"num": 7, "flags": "bypass"}})").queue, 7);
  EXPECT_EQ(queue(R"({"queue": null})").queue, 0);
  EXPECT_THAT(read_rule(R"({"queue": {"num": {"range": [1, 3]}}})").not_understood, SizeIs(1));
}

TEST(NftStatements, WhatOnlyObservesLeavesNothing) {
  EXPECT_THAT(
      rules_of(
          R"({"counter": {"packets": 0, "bytes": 0}}, {"log": {"prefix": "x", "group": 5}}, {"mangle": {"key": {"meta": {"key": "nftrace"}}, "value": 1}})")
          .at(0)
          .statements,
      IsEmpty());
  EXPECT_EQ(rules_of(R"({"notrack": null})").at(0).statements.size(), 1u);
}

TEST(NftStatements, WhatIsNotUnderstoodIsNamedAsNftNamesIt) {
  EXPECT_EQ(
      not_understood(R"({"match": {"op": "==", "left": {"meta": {"key": "skuid"}}, "right": 0}})"),
      "meta skuid 0");
  EXPECT_EQ(not_understood(R"({"reject": {"type": "icmp", "expr": "what"}})"),
            "reject with icmp what");
  EXPECT_EQ(not_understood(R"({"limit": {"rate": 10, "rate_unit": "kbytes", "per": "second"}})"),
            "limit rate 10 kbytes/second");
  EXPECT_EQ(
      not_understood(
          R"({"mangle": {"key": {"ct": {"key": "mark"}}, "value": {"meta": {"key": "cpu"}}}})"),
      "ct mark set meta cpu");
  EXPECT_EQ(
      not_understood(
          R"({"mangle": {"key": {"payload": {"protocol": "ip", "field": "version"}}, "value": 5}})"),
      "ip version set 5");
  EXPECT_EQ(
      not_understood(
          R"({"match": {"op": "==", "left": {"fib": {"result": "oif", "flags": ["saddr"]}}, "right": "lan"}})"),
      "fib saddr oif lan");
  EXPECT_EQ(
      not_understood(
          R"({"match": {"op": "==", "left": {"payload": {"base": "nh", "offset": 8, "len": 8}}, "right": 0}})"),
      "@nh,8,8 0");
  EXPECT_EQ(
      not_understood(
          R"({"dnat": {"addr": {"map": {"key": {"numgen": {"mode": "random", "mod": 2, "offset": 0}}, "data": {"set": [[0, "1.2.3.4"], [1, "1.2.3.5"]]}}}}})"),
      "numgen random mod 2");
  EXPECT_EQ(not_understood(R"({"xt": {"type": "target", "name": "DNAT"}})"),
            "xt name DNAT type target");
}

TEST(NftStatements, ARulesTextIsNfts) {
  EXPECT_EQ(
      rules_of(
          R"({"match": {"op": "==", "left": {"meta": {"key": "oifname"}}, "right": "wan"}}, {"masquerade": {"port": {"range": [1, 2]}}})")
          .at(0)
          .text,
      "oifname wan masquerade to :1-2");
}

}  // namespace
}  // namespace natstep::harness
