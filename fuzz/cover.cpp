// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/cover.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

namespace natstep::fuzz {
namespace {

std::vector<std::size_t> shortest_first(std::span<const Reach> programs) {
  std::vector<std::size_t> order(programs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return programs[i].size; });
  return order;
}

/// Adds all features; true when one was new.
bool add(std::unordered_set<std::uint32_t>& seen, const Reach& program) {
  bool fresh = false;
  for (const std::uint32_t feature : program.features)
    fresh = seen.insert(feature).second || fresh;
  return fresh;
}

/// Takes out, from the back, those without which every feature is still reached.
void drop_needless(std::vector<std::size_t>& kept, std::span<const Reach> programs) {
  std::unordered_map<std::uint32_t, std::size_t> reached_by;
  const auto features_of = [&](std::size_t i) {
    return std::unordered_set<std::uint32_t>(programs[i].features.begin(),
                                             programs[i].features.end());
  };
  for (const std::size_t i : kept)
    for (const std::uint32_t feature : features_of(i))
      ++reached_by[feature];
  for (auto at = kept.size(); at-- > 0;) {
    const auto features = features_of(kept[at]);
    const bool needless = std::ranges::all_of(
        features, [&](std::uint32_t feature) { return reached_by[feature] > 1; });
    if (!needless) continue;
    for (const std::uint32_t feature : features)
      --reached_by[feature];
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

}  // namespace

std::vector<std::size_t> cover(std::span<const Reach> programs) {
  std::unordered_set<std::uint32_t> seen;
  std::vector<std::size_t> kept;
  for (const std::size_t i : shortest_first(programs))
    if (add(seen, programs[i])) kept.push_back(i);
  drop_needless(kept, programs);
  std::ranges::sort(kept);
  return kept;
}

std::vector<std::size_t> additions(std::span<const Reach> known, std::span<const Reach> more) {
  std::unordered_set<std::uint32_t> seen;
  for (const Reach& program : known)
    add(seen, program);
  std::vector<std::size_t> fresh;
  for (const std::size_t i : shortest_first(more))
    if (add(seen, more[i])) fresh.push_back(i);
  return fresh;
}

}  // namespace natstep::fuzz
