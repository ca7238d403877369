// SPDX-License-Identifier: GPL-2.0-or-later
// The running kernel as a device under test: a network namespace of our own with TUN ports, rules
// and observers.
//
// One KernelDut belongs to one process: making it moves the process into a fresh network namespace
// (and, without privilege, a user namespace), which disappears with the process. It refuses to act
// in a namespace that it did not make.
#pragma once

#include "netns/dut.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace natstep::netns {

struct KernelInfo {
  std::string release;  // "6.18.44"
  std::string machine;  // "x86_64"
};
KernelInfo running_kernel();

/// What a tap watches: base chains of natstep's own table, one a place.
struct TapPlace {
  HookNumber hook{};
  std::int32_t priority = 0;
};

class KernelDut final : public Dut {
 public:
  /// Leaves the current namespaces for fresh ones. Throws EnvironmentError (missing) naming exactly
  /// what is missing.
  KernelDut();
  ~KernelDut() override;
  KernelDut(const KernelDut&) = delete;
  KernelDut& operator=(const KernelDut&) = delete;

  /// Brings the namespace to the pristine state of `topology`: no rules, no entries, default
  /// sysctls, then `sysctls` in order. Ports, addresses and routes are reused when equal to the
  /// previous scenario's. Throws EnvironmentError; a sysctl that does not exist or refuses its
  /// value is returned as text instead, with the index of the culprit.
  struct SysctlRefused {
    std::size_t index = 0;
    std::string message;
  };
  std::optional<SysctlRefused> configure(const TopologySpec& topology,
                                         std::span<const SysctlSpec> sysctls);

  /// Gives `text` to the tool. Nothing on success.
  std::optional<RuleError> load_rules(RuleTool tool, const std::string& text);
  /// Makes the tap chains (after the scenario's own rules, so that priorities are what the scenario
  /// thinks).
  void install_taps(std::span<const TapPlace> places);
  std::string list_rules_json() override;
  void hold(std::span<const std::uint16_t> queues) override;

  void apply(const Stimulus& stimulus, const ObserveOptions& options, Observation& out) override;
  std::optional<RuleError> happen(const Event& event, const ObserveOptions& options,
                                  Observation& out) override;
  void await_removal(std::span<const CtTuple> originals) override;
  std::optional<CtEntry> find_entry(const CtTuple& tuple, std::uint16_t zone) override;
  std::uint32_t entry_count() override;
  CtStats stats() override;
  /// Really waits: a kernel's clock cannot be set forward from outside.
  void pass_time(std::uint32_t seconds) override;
  /// Deletes one entry; false when there was none.
  bool delete_entry(const CtTuple& tuple, std::uint16_t zone);
  /// Reads and deletes all that a short conversation left, see CtObserver::take.
  void take_entries(std::span<const CtTuple> originals, CtTaken& out);
  /// Drops whatever waits in a queue.
  void drop_held();
  /// Moves the calling thread back to this device's namespace: a process may have several devices.
  void enter() const;
  /// Every entry. Walks the whole hash: milliseconds.
  std::vector<CtEntry> dump();

  /// The non-blocking TUN descriptor of a port, for a benchmark's bare loop.
  int tun_fd(PortId port) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace natstep::netns
