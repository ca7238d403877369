// SPDX-License-Identifier: GPL-2.0-or-later
// What stands at each hook, in the order in which it runs: compiled once from the rules, walked for
// every packet. Sources: net/netfilter/core.c (nf_hook_entries_grow), net/netfilter/nf_nat_core.c
// (nf_nat_register_fn).
#pragma once

#include "model/hook.h"
#include "model/profile.h"
#include "model/rules/ruleset.h"
#include "model/walk.h"

#include <array>
#include <cstdint>
#include <vector>

namespace natstep::model {

/// A place in a hook's list: one of the kernel's own functions, or a base chain.
struct HookEntry {
  Actor actor{};
  std::int32_t priority = 0;
  std::uint32_t table = 0;       // Actor::rules: index into Ruleset::tables
  std::uint32_t chain = 0;       // Actor::rules: index into Table::chains
  std::uint32_t registered = 0;  // order of registration
};

/// In which order the entries of a hook run. Only `kernel` is true; the others are what --break of
/// the ordering clauses gives.
enum class HookOrder : std::uint8_t { kernel, oldest_first_at_ties, descending };

/// Indices, not pointers: a plan stays good when the state that holds it is copied.
class HookPlan {
 public:
  /// The functions and chains at a hook.
  [[nodiscard]] const std::vector<HookEntry>& at(Hook hook) const { return main_[index(hook)]; }
  /// The nat chains that the NAT hook function consults there.
  [[nodiscard]] const std::vector<HookEntry>& nat_chains(Hook hook) const {
    return nat_[index(hook)];
  }
  /// Two entries share a priority somewhere at `hook`.
  [[nodiscard]] bool has_ties(Hook hook) const { return ties_[index(hook)]; }
  /// Conntrack sees the packets: some rule wants it.
  [[nodiscard]] bool tracks() const;
  /// NAT does: some chain is of its type.
  [[nodiscard]] bool translates() const;
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] HookOrder order() const { return order_; }

  /// The hooks of IPv4 and of IPv6 are lists of their own.
  static HookPlan compile(const Ruleset& rules, const Profile& profile, wire::AddressFamily family,
                          HookOrder order);

 private:
  static constexpr std::size_t index(Hook hook) { return static_cast<std::size_t>(hook); }
  using Lists = std::array<std::vector<HookEntry>, hook_count>;

  [[nodiscard]] bool calls(Actor actor) const;
  void add_chains(const Ruleset& rules, wire::AddressFamily family);
  void add_function(Hook hook, Actor actor, std::int32_t priority);
  void add_defrag();
  void add_conntrack(const Profile& profile, wire::AddressFamily family);
  void add_nat();
  void sort();

  Lists main_;
  Lists nat_;
  std::array<bool, hook_count> ties_{};
  bool ready_ = false;
  HookOrder order_ = HookOrder::kernel;
};

}  // namespace natstep::model
