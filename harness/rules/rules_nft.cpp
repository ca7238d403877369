// SPDX-License-Identifier: GPL-2.0-or-later
// nft rules, from libnftables' JSON listing (libnftables-json(5)) to the model's tables, chains and
// rules.
#include "harness/rules/nft_match.h"
#include "harness/rules/nft_object.h"
#include "harness/rules/nft_statement.h"
#include "harness/rules/nft_text.h"
#include "harness/rules/rule_values.h"
#include "harness/rules/rules.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace natstep::harness {
namespace {

using model::Hook;
using nlohmann::json;

/// What identifies a table in the listing.
struct TableKey {
  std::string family;
  std::string name;
  auto operator<=>(const TableKey&) const = default;
};

TableKey key_of(const json& object, const char* name_member) {
  return {object.at("family").get<std::string>(), object.at(name_member).get<std::string>()};
}

std::optional<model::RuleFamily> family_of(const std::string& word) {
  if (word == "ip") return model::RuleFamily::ip;
  if (word == "ip6") return model::RuleFamily::ip6;
  if (word == "inet") return model::RuleFamily::inet;
  return std::nullopt;
}

std::optional<Hook> hook_of(const std::string& word) {
  static const std::map<std::string_view, Hook> hooks{{"prerouting", Hook::pre_routing},
                                                      {"input", Hook::local_in},
                                                      {"forward", Hook::forward},
                                                      {"output", Hook::local_out},
                                                      {"postrouting", Hook::post_routing}};
  const auto found = hooks.find(word);
  return found == hooks.end() ? std::nullopt : std::optional(found->second);
}

model::ChainType chain_type_of(const std::string& word) {
  if (word == "nat") return model::ChainType::nat;
  return word == "route" ? model::ChainType::route : model::ChainType::filter;
}

/// Tables of arp and bridge see no packet of a port without link layer.
bool sees_no_packet(const std::string& family) {
  return family == "arp" || family == "bridge";
}

class Listing {
 public:
  Listing(const model::Topology& topology, model::Ruleset& out)
      : topology_(topology), out_(out), next_registration_(harness::next_registration(out)) {}

  void read(const json& objects) {
    for (const json& object : objects)
      add_table_or_set(object);
    for (const json* chain : chains_in_order(objects))
      add_chain(*chain);
    for (const json& object : objects) {
      if (object.contains("rule")) add_rule(object.at("rule"));
    }
  }

 private:
  struct KnownTable {
    std::size_t index = 0;  // into out_.tables
    NamedSets sets;
    NamedObjects objects;
    bool matters = true;   // false: its chains cannot see the model's packets, or are already known
    bool dormant = false;  // its hooks are not registered; its rules still need conntrack
  };

  void add_table_or_set(const json& object) {
    if (object.contains("table")) add_table(object.at("table"));
    for (const char* kind : {"set", "map"}) {
      if (object.contains(kind)) add_set(object.at(kind));
    }
    for (const char* kind : {"ct helper", "ct timeout", "ct expectation"}) {
      if (object.contains(kind)) add_object(kind, object.at(kind));
    }
  }

  void add_table(const json& table) {
    const TableKey key = key_of(table, "name");
    if (sees_no_packet(key.family)) return;
    const auto family = family_of(key.family);
    if (!family) return misunderstood("table " + key.family + " " + key.name);
    if (known_already(*family, key.name)) return;
    tables_[key] = {.index = out_.tables.size(),
                    .sets = {},
                    .objects = {},
                    .matters = *family != model::RuleFamily::ip6 || topology_.speaks_ipv6(),
                    .dormant = dormant(table)};
    out_.tables.push_back({.family = *family, .name = key.name, .chains = {}});
  }

  /// Some versions of nft list a stray string where a table's flag should stand. Dormant is the
  /// only flag that a script can give, so whatever is not another flag's name is this one.
  static bool dormant(const json& table) {
    if (!table.contains("flags")) return false;
    const std::string flags = nft_expression_text(table.at("flags"));
    return flags != "owner" && flags != "persist";
  }

  /// Tables that iptables made through nf_tables have been read from iptables' own words: here
  /// their targets are opaque.
  bool known_already(model::RuleFamily family, const std::string& name) const {
    return std::ranges::any_of(out_.tables, [&](const model::Table& table) {
      return table.family == family && table.name == name && !table.legacy_iptables;
    });
  }

  void add_set(const json& set) {
    const auto table = tables_.find(key_of(set, "table"));
    if (table != tables_.end()) table->second.sets[set.at("name").get<std::string>()] = set;
  }

  /// An object of a kind that the model does not have is not known by its name, and the rule that
  /// uses it is not understood. Conntrack is needed as soon as the object exists.
  void add_object(const std::string& kind, const json& object) {
    const auto table = tables_.find(key_of(object, "table"));
    if (table == tables_.end() || !table->second.matters) return;
    const auto family = out_.tables[table->second.index].family;
    if (family != model::RuleFamily::ip6) out_.ipv4.conntrack = true;
    if (family != model::RuleFamily::ip) out_.ipv6.conntrack = true;
    if (const auto statement = read_nft_object(kind, object))
      table->second.objects.emplace(kind + " " + object.at("name").get<std::string>(), *statement);
  }

  /// Handles count up within a table; tables are listed in the order of their creation.
  static std::vector<const json*> chains_in_order(const json& objects) {
    std::map<TableKey, std::vector<const json*>> by_table;
    std::vector<TableKey> order;
    for (const json& object : objects) {
      if (object.contains("table")) order.push_back(key_of(object.at("table"), "name"));
      if (object.contains("chain"))
        by_table[key_of(object.at("chain"), "table")].push_back(&object.at("chain"));
    }
    std::vector<const json*> chains;
    for (const TableKey& key : order) {
      auto& own = by_table[key];
      std::ranges::stable_sort(own, {},
                               [](const json* chain) { return chain->value("handle", 0); });
      chains.insert(chains.end(), own.begin(), own.end());
    }
    return chains;
  }

  void add_chain(const json& json_chain) {
    const auto table = tables_.find(key_of(json_chain, "table"));
    if (table == tables_.end()) return;
    model::Chain chain{.name = json_chain.at("name").get<std::string>(), .rules = {}};
    const bool hooked = json_chain.contains("hook") && !table->second.dormant;
    if (hooked && !make_base(json_chain, chain)) {
      if (table->second.matters)
        misunderstood("chain " + chain.name + " at hook " +
                      json_chain.at("hook").get<std::string>());
      return;
    }
    out_.tables[table->second.index].chains.push_back(std::move(chain));
  }

  bool make_base(const json& json_chain, model::Chain& chain) {
    const auto hook = hook_of(json_chain.at("hook").get<std::string>());
    if (!hook) return false;
    chain.base = true;
    chain.type = chain_type_of(json_chain.value("type", "filter"));
    chain.hook = *hook;
    chain.priority = json_chain.value("prio", 0);
    if (json_chain.value("policy", "accept") == "drop")
      chain.policy = model::VerdictStatement::Kind::drop;
    chain.registered = next_registration_++;
    return true;
  }

  void add_rule(const json& rule) {
    const auto table = tables_.find(key_of(rule, "table"));
    if (table == tables_.end()) return;
    auto& chains = out_.tables[table->second.index].chains;
    const auto chain =
        std::ranges::find(chains, rule.at("chain").get<std::string>(), &model::Chain::name);
    if (chain == chains.end()) return;
    const json& statements = rule.at("expr");
    auto read = read_nft_rule(
        statements,
        {.topology = topology_, .sets = table->second.sets, .objects = table->second.objects});
    if (!read) {
      if (table->second.matters) misunderstood(read.error());
      return;
    }
    auto left = static_cast<std::uint32_t>(read->alternatives.size());
    for (auto& alternative : read->alternatives) {
      chain->rules.push_back({.statements = std::move(alternative),
                              .text = nft_rule_text(statements),
                              .alternatives_left = --left,
                              .prefix = std::exchange(read->prefix, 0)});
    }
  }

  void misunderstood(std::string what) { out_.not_understood.push_back({.what = std::move(what)}); }

  const model::Topology& topology_;
  model::Ruleset& out_;
  std::uint32_t next_registration_;
  std::map<TableKey, KnownTable> tables_;
};

}  // namespace

void add_nft_rules(std::string_view text, const model::Topology& topology, model::Ruleset& out) {
  try {
    const json listing = json::parse(text);
    Listing(topology, out).read(listing.at("nftables"));
  } catch (const json::exception& error) {
    out.not_understood.push_back(
        {.what = std::string("the listing of the rules: ") + error.what()});
  }
}

}  // namespace natstep::harness
