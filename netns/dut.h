// SPDX-License-Identifier: GPL-2.0-or-later
// The device under test: something that takes a stimulus and shows what came of it.
#pragma once

#include "netns/event.h"
#include "netns/observation.h"

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace natstep::netns {

/// The environment failed (exit code 5), or lacks something (exit code 4 when `missing`).
class EnvironmentError : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t { failed, missing } kind;
  EnvironmentError(Kind k, const std::string& what) : std::runtime_error(what), kind(k) {}
};

/// A rule tool refused its input, or the kernel an event; `message` is their own. The fault is the
/// kernel's when it was built without what the rules need.
struct RuleError {
  std::string message;
  int line = 0;  // line within the rules' text, 1-based; 0 when the tool gave none
  enum class Fault : std::uint8_t { rules, kernel } fault = Fault::rules;
};

class Dut {
 public:
  virtual ~Dut() = default;

  /// Injects and drains, synchronously. `out` is cleared first. Throws EnvironmentError.
  virtual void apply(const Stimulus& stimulus, const ObserveOptions& options, Observation& out) = 0;
  /// Lets something happen to the device, and looks at what came of it. Throws EnvironmentError.
  virtual std::optional<RuleError> happen(const Event& event, const ObserveOptions& options,
                                          Observation& out) = 0;
  /// The device's own view of its nft rules, as libnftables' JSON ("{"nftables": [...]}"), without
  /// natstep's taps. A device that only shows what was recorded has none.
  virtual std::string list_rules_json() { return {}; }
  /// Keeps what rules put into these queues of user space until an event releases it.
  virtual void hold(std::span<const std::uint16_t> queues) { static_cast<void>(queues); }
  /// Waits for the entries, which the device removes in its own time, to be gone.
  virtual void await_removal(std::span<const CtTuple> originals) { static_cast<void>(originals); }
  /// The entry that has `tuple` in either direction, the original one first; nothing when there is
  /// none.
  virtual std::optional<CtEntry> find_entry(const CtTuple& tuple, std::uint16_t zone) = 0;
  /// The number of entries of this device, unconfirmed ones included.
  virtual std::uint32_t entry_count() = 0;
  virtual CtStats stats() = 0;
  /// Lets `seconds` pass for the device's timers. A device that only shows what was recorded has
  /// none.
  virtual void pass_time(std::uint32_t seconds) { static_cast<void>(seconds); }
};

}  // namespace natstep::netns
