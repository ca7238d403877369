// SPDX-License-Identifier: GPL-2.0-or-later
// What a command line says about the kernel that it wants.
#pragma once

#include <string>
#include <vector>

namespace natstep::harness {

struct KernelChoice {
  std::string name = {};                       // empty: the kernel that is running here
  std::vector<std::string> boot_options = {};  // more words of its command line
  /// A part of a scenario's path: there the guest is made to crash, to see what becomes of it.
  std::string crash_at = {};

  [[nodiscard]] bool is_running() const { return name.empty(); }
};

}  // namespace natstep::harness
