// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rules/rules.h"

#include "harness/rules/rule_values.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace natstep::harness {
namespace {

using model::Field;
using netns::RuleTool;

using wire::AddressFamily;

/// Which statements make the kernel register conntrack for packets of `family`: those that look at
/// an entry or make a mapping. Taking a packet out of conntrack needs none.
struct NeedsConntrack {
  AddressFamily family;

  bool operator()(const model::Match& match) const { return match.field >= Field::ct_state; }
  bool operator()(const model::NatStatement& nat) const {
    return nat.family == AddressFamily::none || nat.family == family;
  }
  bool operator()(const model::SetCtMarkStatement&) const { return true; }
  bool operator()(const model::HelperStatement&) const { return true; }
  bool operator()(const model::TimeoutStatement&) const { return true; }
  bool operator()(const model::ExpectationStatement&) const { return true; }
  bool operator()(const model::CopyMarkStatement&) const { return true; }
  bool operator()(const model::ZoneStatement&) const { return true; }
  bool operator()(const model::LabelStatement&) const { return true; }
  /// What changes or judges the packet alone.
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }
};

bool needs_conntrack(const model::Rule& rule, AddressFamily family) {
  return std::ranges::any_of(rule.statements, [&](const model::Statement& statement) {
    return std::visit(NeedsConntrack{family}, statement);
  });
}

/// Reached or not: the kernel counts the expressions that exist.
bool needs_conntrack(const model::Table& table, AddressFamily family) {
  return std::ranges::any_of(table.chains, [&](const model::Chain& chain) {
    return std::ranges::any_of(
        chain.rules, [&](const model::Rule& rule) { return needs_conntrack(rule, family); });
  });
}

bool has_nat_chain(const model::Table& table) {
  return std::ranges::any_of(table.chains, [](const model::Chain& chain) {
    return chain.base && chain.type == model::ChainType::nat;
  });
}

/// Puts base chains that were read out of order back into the order of the blocks that made them.
class Registrations {
 public:
  /// The chains that came since the last call were made by the block at `line`.
  void note(const model::Ruleset& rules, int line) {
    const std::uint32_t next = next_registration(rules);
    for (; noted_ < next; ++noted_)
      lines_.push_back(line);
  }

  void renumber(model::Ruleset& rules) const {
    std::vector<model::Chain*> chains;
    for (model::Table& table : rules.tables) {
      for (model::Chain& chain : table.chains) {
        if (chain.base) chains.push_back(&chain);
      }
    }
    std::ranges::sort(chains, {}, [this](const model::Chain* chain) {
      return std::pair(lines_.at(chain->registered), chain->registered);
    });
    for (std::uint32_t i = 0; i < chains.size(); ++i)
      chains[i]->registered = i;
  }

 private:
  std::uint32_t noted_ = 0;
  std::vector<int> lines_;  // by Chain::registered
};

template <typename Visit>
void each_rule(model::Ruleset& rules, Visit&& visit) {
  for (model::Table& table : rules.tables) {
    for (model::Chain& chain : table.chains) {
      for (model::Rule& rule : chain.rules)
        visit(rule);
    }
  }
}

/// Where a statement says which meter is its own.
struct MeterOf {
  std::uint32_t* operator()(model::LimitStatement& limit) const { return &limit.meter; }
  std::uint32_t* operator()(model::QuotaStatement& quota) const { return &quota.meter; }
  std::uint32_t* operator()(model::GenerateStatement& numbers) const { return &numbers.meter; }
  template <typename Other>
  std::uint32_t* operator()(Other&) const {
    return nullptr;
  }
};

/// Meters are counted from 0 within each rule of the user; here they get numbers of their own. The
/// alternatives of a rule share its meters.
void number_meters(model::Ruleset& rules) {
  std::uint32_t first = 0;
  each_rule(rules, [&](model::Rule& rule) {
    for (model::Statement& statement : rule.statements) {
      std::uint32_t* meter = std::visit(MeterOf{}, statement);
      if (meter == nullptr) continue;
      *meter += first;
      rules.meters = std::max(rules.meters, *meter + 1);
    }
    if (rule.alternatives_left == 0) first = rules.meters;
  });
}

bool asks_for_counters(const model::Statement& statement) {
  const auto* match = std::get_if<model::Match>(&statement);
  return match != nullptr && match->field >= Field::ct_bytes;
}

/// What rules switch on for every entry by being there.
void note_extensions(model::Ruleset& rules) {
  each_rule(rules, [&](model::Rule& rule) {
    rules.counts_flows |= std::ranges::any_of(rule.statements, asks_for_counters);
  });
}

void settle(const model::Table& table, AddressFamily family, model::Registered& registered) {
  registered.conntrack = registered.conntrack || needs_conntrack(table, family);
  registered.nat = registered.nat || has_nat_chain(table);
}

}  // namespace

void settle(model::Ruleset& rules) {
  number_meters(rules);
  note_extensions(rules);
  for (const model::Table& table : rules.tables) {
    if (table.family != model::RuleFamily::ip6) settle(table, AddressFamily::ipv4, rules.ipv4);
    if (table.family != model::RuleFamily::ip) settle(table, AddressFamily::ipv6, rules.ipv6);
  }
}

namespace {

const model::Chain* find_same(const model::Ruleset& rules, const model::Table& table,
                              const model::Chain& chain) {
  for (const model::Table& other : rules.tables) {
    if (other.family != table.family || other.name != table.name) continue;
    const auto found = std::ranges::find_if(other.chains, [&](const model::Chain& candidate) {
      return candidate.base && candidate.name == chain.name && candidate.hook == chain.hook &&
             candidate.type == chain.type && candidate.priority == chain.priority;
    });
    if (found != other.chains.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

void keep_registrations(const model::Ruleset& before, model::Ruleset& now) {
  std::vector<std::pair<std::pair<bool, std::uint32_t>, model::Chain*>> order;
  for (model::Table& table : now.tables) {
    for (model::Chain& chain : table.chains) {
      if (!chain.base) continue;
      const model::Chain* old = find_same(before, table, chain);
      const bool is_new = old == nullptr;
      order.push_back({{is_new, is_new ? chain.registered : old->registered}, &chain});
    }
  }
  std::ranges::sort(order);
  for (std::uint32_t i = 0; i < order.size(); ++i)
    order[i].second->registered = i;
}

model::Ruleset understand_rules(std::span<const RulesBlock> blocks, std::string_view nft_listing,
                                const model::Topology& topology) {
  // What iptables put into nf_tables is opaque in the listing. It is read from its own words, and
  // first, so that the listing's reader knows which tables to leave alone.
  Registrations registrations;
  model::Ruleset rules;
  for (const RulesBlock& block : blocks) {
    if (block.tool != RuleTool::nft) {
      add_iptables_rules(block.text, block.pos.line, block.tool == RuleTool::iptables_legacy,
                         topology, rules);
    }
    registrations.note(rules, block.pos.line);
  }
  const auto first_nft = std::ranges::find(blocks, RuleTool::nft, &RulesBlock::tool);
  if (first_nft != blocks.end()) {
    add_nft_rules(nft_listing, topology, rules);
    registrations.note(rules, first_nft->pos.line);
  }
  registrations.renumber(rules);
  settle(rules);
  return rules;
}

}  // namespace natstep::harness
