// SPDX-License-Identifier: GPL-2.0-or-later
// One box: a network namespace with its ports, addresses, routes, rules and observers. A box is
// made for one topology and serves one scenario after another for as long as it can be shown to
// remember nothing of the last.
#pragma once

#include "netns/backlog.h"
#include "netns/ct_observer.h"
#include "netns/dut.h"
#include "netns/kernel_dut.h"
#include "netns/machine_setting.h"
#include "netns/namespace.h"
#include "netns/nf_tables.h"
#include "netns/packet_queues.h"
#include "netns/ports.h"
#include "netns/rules_nft.h"
#include "netns/tap_observer.h"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace natstep::netns {

class Box {
 public:
  /// Moves the calling thread into a new namespace and furnishes it.
  explicit Box(const TopologySpec& topology);

  [[nodiscard]] const TopologySpec& topology() const { return topology_; }
  [[nodiscard]] const Namespace& home() const { return home_; }

  std::optional<std::string> set_sysctl(const SysctlSpec& sysctl);
  std::optional<RuleError> load_rules(RuleTool tool, const std::string& text);
  void install_taps(std::span<const TapPlace> places);
  std::string list_rules_json();
  void hold(std::span<const std::uint16_t> queues);
  void drop_held();

  void apply(const Stimulus& stimulus, const ObserveOptions& options, Observation& out);
  std::optional<RuleError> happen(const Event& event, const ObserveOptions& options,
                                  Observation& out);
  CtObserver& conntrack() { return conntrack_; }
  /// Counted since the scenario began.
  CtStats stats();
  [[nodiscard]] int tun_fd(PortId port) const { return ports_.fd(port); }

  /// Takes rules and entries away. False when the box may still remember something and has to be
  /// given up.
  bool wipe();
  /// Waits until what wipe() took away is really gone, and begins the next scenario. Immediate when
  /// a grace period has passed since.
  void settle();

 private:
  void remember_sysctl(const std::string& key);
  bool put_sysctls_back();
  std::optional<std::string> send(wire::ByteView packet);
  std::optional<RuleError> act_on(const RulesText& rules);
  std::optional<RuleError> act_on(const SysctlSpec& sysctl);
  std::optional<RuleError> act_on(const AddressChange& change);
  std::optional<RuleError> act_on(const LinkChange& change);
  std::optional<RuleError> act_on(const RouteChange& change);
  std::optional<RuleError> act_on(const EntryRemoval& removal);
  std::optional<RuleError> act_on(const EntriesFlush& flush);
  std::optional<RuleError> act_on(const EntryCreation& entry);
  std::optional<RuleError> act_on(const EntryUpdate& update);
  std::optional<RuleError> act_on(const QueueVerdict& verdict);
  void observe(const ObserveOptions& options, Observation& out);
  void look_beyond_ports(const ObserveOptions& options, Observation& out);
  void drain_taps(const ObserveOptions& options, Observation& out);

  Namespace home_;
  TopologySpec topology_;
  Ports ports_;
  NftRules rules_;
  NfTables tables_;
  CtObserver conntrack_;
  TapObserver tap_observer_;
  std::vector<TapPlace> taps_;
  UniqueFd raw_socket_;  // opened by the first send, as the backlog's markers are
  UniqueFd raw_socket6_;
  std::optional<Backlog> backlog_;
  std::optional<PacketQueues> queues_;  // opened by the first rule that needs one
  std::vector<std::unique_ptr<MachineSetting>> machine_settings_;
  CtStats stats_before_;
  std::map<std::string, std::string> old_sysctls_;  // what wipe() puts back
  bool changed_for_good_ = false;                   // by what wipe() cannot undo
};

}  // namespace natstep::netns
