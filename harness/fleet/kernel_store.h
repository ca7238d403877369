// SPDX-License-Identifier: GPL-2.0-or-later
// The cache of kernels: one folder each, below XDG_CACHE_HOME/natstep/kernels. A folder is filled
// beside it and renamed, so that a reader never sees half a kernel.
#pragma once

#include "harness/fleet/kernel.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// XDG_CACHE_HOME/natstep, or ~/.cache/natstep. Throws EnvironmentError when there is neither.
std::filesystem::path cache_folder();

class KernelStore {
 public:
  explicit KernelStore(std::filesystem::path folder);
  KernelStore() : KernelStore(cache_folder() / "kernels") {}

  /// Oldest first; user-mode kernels last.
  [[nodiscard]] std::vector<Kernel> list() const;
  /// By name, release, or upstream version ("6.12.117"): the newest of those. Nothing when none is
  /// cached.
  [[nodiscard]] std::optional<Kernel> find(std::string_view wanted) const;

  /// Lets `fill` put a kernel's files into a fresh folder, then keeps it under its name; replaces
  /// what had the name before. Throws what `fill` throws, leaving nothing behind.
  Kernel put(Kernel kernel, const std::function<void(Kernel& kernel)>& fill);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace natstep::harness
