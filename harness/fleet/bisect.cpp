// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/bisect.h"

#include <optional>
#include <set>

namespace natstep::harness {
namespace {

/// The one nearest to the middle of what lies between and has not turned out to be unusable.
std::optional<std::size_t> next_to_ask(std::size_t before, std::size_t after,
                                       const std::set<std::size_t>& unusable) {
  const std::size_t middle = before + (after - before) / 2;
  for (std::size_t away = 0; away < after - before; ++away) {
    if (middle + away < after && !unusable.contains(middle + away)) return middle + away;
    if (middle > before + away && !unusable.contains(middle - away)) return middle - away;
  }
  return std::nullopt;
}

}  // namespace

BisectResult bisect(std::size_t count, const std::function<Probe(std::size_t)>& probe) {
  BisectResult result{.before = 0, .after = count - 1, .unusable = {}};
  std::set<std::size_t> unusable;
  while (result.after - result.before > 1) {
    const auto ask = next_to_ask(result.before, result.after, unusable);
    if (!ask) break;
    switch (probe(*ask)) {
      case Probe::like_first:
        result.before = *ask;
        break;
      case Probe::like_last:
        result.after = *ask;
        break;
      case Probe::unusable:
        unusable.insert(*ask);
        break;
    }
  }
  for (const std::size_t each : unusable)
    if (each > result.before && each < result.after) result.unusable.push_back(each);
  return result;
}

}  // namespace natstep::harness
