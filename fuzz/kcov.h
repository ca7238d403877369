// SPDX-License-Identifier: GPL-2.0-or-later
// Where a thread has been in the kernel, as KCOV tells it: the addresses of basic blocks in their
// order. What a packet does is done by the thread that writes it into the TUN port, so that this
// is what the packet did (natstep kernels build --kcov; Documentation/dev-tools/kcov.rst).
#pragma once

#include "fuzz/features.h"
#include "harness/cli/descriptor.h"

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

namespace natstep::fuzz {

/// What many executions reached: blocks, and each time the ways between them as features.
class KernelTrace {
 public:
  /// Adds one feature for each way from block to block in `addresses`, however often it was gone.
  void add(std::span<const std::uint64_t> addresses, Features& features);
  /// Adds the blocks alone.
  void add_places(std::span<const std::uint64_t> addresses);
  /// The blocks that no earlier call had, since this was last asked.
  std::vector<std::uint64_t> new_places() { return std::exchange(new_places_, {}); }

 private:
  void note(std::uint64_t address);

  std::vector<std::uint32_t> told_in_ = std::vector<std::uint32_t>(kernel_feature_count);
  std::uint32_t turn_ = 0;
  std::vector<std::uint64_t> known_ = std::vector<std::uint64_t>(std::size_t{1} << 16);
  std::unordered_set<std::uint64_t> places_;
  std::vector<std::uint64_t> new_places_;
};

/// KCOV of the calling thread.
class Kcov {
 public:
  /// From now on the thread's way is recorded. Nothing where the kernel has no KCOV, or debugfs is
  /// not mounted, or is not ours to open.
  static std::unique_ptr<Kcov> open();
  ~Kcov();
  Kcov(const Kcov&) = delete;
  Kcov& operator=(const Kcov&) = delete;

  /// What is recorded counts from here.
  void begin();
  /// Since begin(); what is beyond the room for it is lost.
  [[nodiscard]] std::span<const std::uint64_t> addresses() const;

 private:
  Kcov(harness::Descriptor file, std::uint64_t* area) : file_(std::move(file)), area_(area) {}

  harness::Descriptor file_;
  std::uint64_t* area_;  // how many addresses there are, and the addresses
};

}  // namespace natstep::fuzz
