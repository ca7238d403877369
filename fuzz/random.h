// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers that a seed decides: the same seed gives the same campaign.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace natstep::fuzz {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// 0 to n - 1; 0 when n is 0.
  std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(next() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  /// An index into a table of n whose front is hot: mostly one of the first few.
  std::uint8_t hot(std::size_t n) {
    const std::size_t first = below(n), second = below(n);
    const std::size_t low = first < second ? first : second;
    return static_cast<std::uint8_t>(one_in(3) ? first : low < below(n) ? low : low / 3);
  }
  template <typename T, std::size_t n>
  T any_of(const std::array<T, n>& values) {
    return values[below(n)];
  }

 private:
  std::uint64_t state_;
};

}  // namespace natstep::fuzz
