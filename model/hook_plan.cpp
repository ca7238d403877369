// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/hook_plan.h"

#include <algorithm>
#include <limits>

namespace natstep::model {
namespace {

/// Conntrack's hooks appear when a rule first needs them, so after the chain that holds the rule.
constexpr std::uint32_t registered_last = std::numeric_limits<std::uint32_t>::max();

bool sees(const Table& table, wire::AddressFamily family) {
  const bool ipv6 = family == wire::AddressFamily::ipv6;
  return table.family != (ipv6 ? RuleFamily::ip : RuleFamily::ip6);
}

/// ipv6_conntrack_ops: at LOCAL_IN the confirmation of IPv6 leaves the last place free.
std::int32_t confirm_priority(wire::AddressFamily family, Hook hook) {
  const bool one_before = family == wire::AddressFamily::ipv6 && hook == Hook::local_in;
  return priority::conntrack_confirm - (one_before ? 1 : 0);
}

bool runs_before(const HookEntry& a, const HookEntry& b) {
  if (a.priority != b.priority) return a.priority < b.priority;
  return a.registered > b.registered;
}

/// The orders that the deliberate defects ask for.
bool runs_before_with_ties_reversed(const HookEntry& a, const HookEntry& b) {
  if (a.priority != b.priority) return a.priority < b.priority;
  return a.registered < b.registered;
}
bool runs_before_descending(const HookEntry& a, const HookEntry& b) {
  return runs_before(b, a);
}

auto comparison(HookOrder order) {
  switch (order) {
    case HookOrder::oldest_first_at_ties:
      return runs_before_with_ties_reversed;
    case HookOrder::descending:
      return runs_before_descending;
    case HookOrder::kernel:
      break;
  }
  return runs_before;
}

}  // namespace

HookPlan HookPlan::compile(const Ruleset& rules, const Profile& profile, wire::AddressFamily family,
                           HookOrder order) {
  const Registered& registered = family == wire::AddressFamily::ipv6 ? rules.ipv6 : rules.ipv4;
  HookPlan plan;
  plan.ready_ = true;
  plan.order_ = order;
  plan.add_chains(rules, family);
  if (registered.conntrack || registered.defrag) plan.add_defrag();
  if (registered.conntrack) plan.add_conntrack(profile, family);
  if (registered.nat) plan.add_nat();
  plan.sort();
  return plan;
}

bool HookPlan::calls(Actor actor) const {
  const auto& first = at(Hook::pre_routing);
  return std::ranges::find(first, actor, &HookEntry::actor) != first.end();
}

bool HookPlan::tracks() const {
  return calls(Actor::conntrack);
}

bool HookPlan::translates() const {
  return calls(Actor::nat);
}

void HookPlan::add_chains(const Ruleset& rules, wire::AddressFamily family) {
  for (std::uint32_t t = 0; t < rules.tables.size(); ++t) {
    const Table& table = rules.tables[t];
    if (!sees(table, family)) continue;
    for (std::uint32_t c = 0; c < table.chains.size(); ++c) {
      const Chain& chain = table.chains[c];
      if (!chain.base) continue;
      Lists& lists = chain.type == ChainType::nat ? nat_ : main_;
      lists[index(chain.hook)].push_back({.actor = Actor::rules,
                                          .priority = chain.priority,
                                          .table = t,
                                          .chain = c,
                                          .registered = chain.registered});
    }
  }
}

void HookPlan::add_function(Hook hook, Actor actor, std::int32_t priority) {
  main_[index(hook)].push_back(
      {.actor = actor, .priority = priority, .registered = registered_last});
}

void HookPlan::add_defrag() {
  for (const Hook hook : {Hook::pre_routing, Hook::local_out})
    add_function(hook, Actor::defrag, priority::conntrack_defrag);
}

void HookPlan::add_conntrack(const Profile& profile, wire::AddressFamily family) {
  for (const Hook hook : {Hook::pre_routing, Hook::local_out})
    add_function(hook, Actor::conntrack, priority::conntrack);
  for (const Hook hook : {Hook::local_in, Hook::post_routing}) {
    if (profile.helper_at_300) add_function(hook, Actor::helper, priority::conntrack_helper);
    add_function(hook, Actor::confirm, confirm_priority(family, hook));
  }
}

/// All four NAT hooks come with the first nat chain, whatever hooks the chains use.
void HookPlan::add_nat() {
  std::uint32_t first = registered_last;
  for (const auto& chains : nat_) {
    for (const HookEntry& chain : chains)
      first = std::min(first, chain.registered);
  }
  const auto add = [this, first](Hook hook, std::int32_t priority) {
    main_[index(hook)].push_back({.actor = Actor::nat, .priority = priority, .registered = first});
  };
  add(Hook::pre_routing, priority::nat_dst);
  add(Hook::local_out, priority::nat_dst);
  add(Hook::local_in, priority::nat_src);
  add(Hook::post_routing, priority::nat_src);
}

void HookPlan::sort() {
  for (std::size_t hook = 0; hook < hook_count; ++hook) {
    std::ranges::stable_sort(main_[hook], comparison(order_));
    std::ranges::stable_sort(
        nat_[hook], comparison(order_ == HookOrder::descending ? HookOrder::kernel : order_));
    const auto tied = [](const HookEntry& a, const HookEntry& b) {
      return a.priority == b.priority;
    };
    ties_[hook] = std::ranges::adjacent_find(main_[hook], tied) != main_[hook].end() ||
                  std::ranges::adjacent_find(nat_[hook], tied) != nat_[hook].end();
  }
}

}  // namespace natstep::model
