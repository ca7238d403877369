// SPDX-License-Identifier: GPL-2.0-or-later
// Settings that belong to a whole machine. natstep changes them only where the machine is its own:
// in a guest that it booted, whose first process it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace natstep::netns {

/// Said by the first process of a guest, while it is in the namespace that the kernel began with.
/// Throws EnvironmentError.
void take_machine_for_our_own();

/// Whether a sysctl holds for all namespaces at once, and can be written in the first one only.
bool is_of_the_machine(std::string_view key);

/// Such a setting for as long as this lives; then it is again what it was.
class MachineSetting {
 public:
  /// Throws EnvironmentError (missing) when the machine is not our own.
  MachineSetting(std::string_view key, std::string_view value);
  ~MachineSetting();
  MachineSetting(const MachineSetting&) = delete;
  MachineSetting& operator=(const MachineSetting&) = delete;

  /// Why the kernel refused it, if it did.
  [[nodiscard]] const std::optional<std::string>& refused() const { return refused_; }

 private:
  std::string key_;
  std::string before_;
  std::optional<std::string> refused_;
};

}  // namespace natstep::netns
