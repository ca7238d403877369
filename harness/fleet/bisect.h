// SPDX-License-Identifier: GPL-2.0-or-later
// Finds where in a row of kernels a behaviour changes, with as few boots as it takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace natstep::harness {

enum class Probe : std::uint8_t {
  like_first,  // does what the first of the row does
  like_last,   // does what the last does
  unusable,    // cannot be had, does not boot, or does something else again
};

struct BisectResult {
  std::size_t before = 0;  // the last that is like the first
  std::size_t after = 0;   // the first that is like the last
  /// Those between the two, none of which could be used. Empty: the change is exactly there.
  std::vector<std::size_t> unusable;
};

/// Of `count` kernels, whose first and last are known to differ, asks `probe` about some of those
/// between, each at most once.
BisectResult bisect(std::size_t count, const std::function<Probe(std::size_t)>& probe);

}  // namespace natstep::harness
