// SPDX-License-Identifier: GPL-2.0-or-later
// Which programs of a corpus are enough: a small set that reaches all that the whole reaches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace natstep::fuzz {

/// What one program reaches, and how long it is.
struct Reach {
  std::vector<std::uint32_t> features;
  std::size_t size = 0;
};

/// The indices of those to keep, in order. The shortest go first and stay when they reach something
/// new; then the longest go when others reach all that they do. (The smallest set of all would take
/// longer than the time that it saves.)
std::vector<std::size_t> cover(std::span<const Reach> programs);

/// Of `more`, those that reach what `known` do not, the shortest first.
std::vector<std::size_t> additions(std::span<const Reach> known, std::span<const Reach> more);

}  // namespace natstep::fuzz
