// SPDX-License-Identifier: GPL-2.0-or-later
// What an execution reached, as small numbers. Every kernel gives clauses and pairs of them, what
// became of the packet, and how the connections' states went; one with KCOV (kcov.h) the ways that
// were gone in it. A program that shows a number
// for the first time is worth keeping.
#pragma once

#include "model/model.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace natstep::fuzz {

inline constexpr std::size_t own_feature_count = std::size_t{1} << 16;
/// Ways through the kernel have numbers of their own: there are more of them than of all others.
inline constexpr int kernel_feature_bits = 17;
inline constexpr std::size_t kernel_feature_count = std::size_t{1} << kernel_feature_bits;
inline constexpr std::size_t feature_count = own_feature_count + kernel_feature_count;

/// How one connection stands.
struct FlowState {
  model::Tuple original;
  std::uint16_t zone = 0;
  std::uint64_t state = 0;
};

/// The features of one execution, each below feature_count; some of them more than once.
class Features {
 public:
  void clear() {
    numbers_.clear();
    states_.clear();
  }
  /// Adds those of one step; `flows` are those after it.
  void add_step(const model::Prediction& prediction, wire::ByteView packet,
                std::span<const FlowState> flows);
  /// Adds a way through the kernel, below kernel_feature_count.
  void add_kernel(std::uint32_t way) {
    numbers_.push_back(static_cast<std::uint32_t>(own_feature_count) + way);
  }
  [[nodiscard]] std::span<const std::uint32_t> numbers() const { return numbers_; }

 private:
  void add(std::uint64_t hash) {
    numbers_.push_back(static_cast<std::uint32_t>((hash * 0x9e3779b97f4a7c15u) >> 48));
  }
  std::uint64_t& state_before(const FlowState& flow);

  std::vector<std::uint32_t> numbers_;
  std::vector<FlowState> states_;  // after the last step
};

/// Which features were seen in all executions so far.
class FeatureMap {
 public:
  /// Marks them, and says how many are new.
  std::size_t add(std::span<const std::uint32_t> numbers);
  [[nodiscard]] std::size_t seen() const { return seen_count_; }

 private:
  std::array<bool, feature_count> seen_{};
  std::size_t seen_count_ = 0;
};

}  // namespace natstep::fuzz
