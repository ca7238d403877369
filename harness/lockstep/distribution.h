// SPDX-License-Identifier: GPL-2.0-or-later
// Are the kernel's free choices spread evenly? The model allows every value of a range; whether the
// kernel uses them all alike can only be told from many flows (RFC 6056 section 3.1: a port that
// can be guessed can be attacked).
#pragma once

#include "netns/kernel_dut.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// A NAT statement whose ports are the kernel's choice, and the range it chooses from.
struct RandomRule {
  std::string_view statement;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};
std::span<const RandomRule> random_rules();

/// How often each of equal parts of a range was chosen.
struct Distribution {
  std::string statement{};
  std::size_t span = 0;  // values in the range
  std::size_t flows = 0;
  std::size_t outside = 0;  // chosen values that are not in the range
  std::vector<std::size_t> cells{};

  /// Pearson's statistic against all cells alike.
  [[nodiscard]] double chi_square() const;
  /// The same against what 16 random bits modulo the range give, which is what the kernel does
  /// (nf_nat_l4proto_unique_tuple): of a range that 65536 is no multiple of, the first values come
  /// once more often than the others.
  [[nodiscard]] double chi_square_of_modulo() const;
  /// Six standard deviations above what even choices give: about one run in a million is beyond.
  [[nodiscard]] double bound() const;
  [[nodiscard]] bool even() const { return outside == 0 && chi_square() <= bound(); }
  [[nodiscard]] bool as_modulo() const { return outside == 0 && chi_square_of_modulo() <= bound(); }
};

/// Opens `flows` flows under `rule`. Throws EnvironmentError.
Distribution measure(netns::KernelDut& dut, const RandomRule& rule, std::size_t flows);

}  // namespace natstep::harness
