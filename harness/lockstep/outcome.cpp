// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/outcome.h"

#include <array>

namespace natstep::harness {

std::string_view to_string(Verdict verdict) {
  static constexpr std::array<std::string_view, 6> words{"AGREED",       "DEVIATION", "DIVERGED",
                                                         "INCONCLUSIVE", "SKIPPED",   "BROKEN"};
  return words[static_cast<std::size_t>(verdict)];
}

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::agreed:
    case Verdict::deviation:
      return 0;
    case Verdict::diverged:
      return 1;
    case Verdict::inconclusive:
      return 3;
    case Verdict::skipped:
      return 4;
    case Verdict::broken:
      return 5;
  }
  return 5;
}

std::string_view to_string(Aspect aspect) {
  static constexpr std::array<std::string_view, 7> words{
      "frames", "conntrack", "expectations", "walk", "laws", "pins", "choices"};
  return words[static_cast<std::size_t>(aspect)];
}

}  // namespace natstep::harness
