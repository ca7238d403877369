// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/exit_code.h"

#include <algorithm>
#include <array>

namespace natstep::harness {

int worse(int left, int right) {
  using namespace exit_status;
  constexpr std::array mildest_first{skipped, agreed, inconclusive, diverged,
                                     usage,   failed, interrupted};
  const auto severity = [&](int status) { return std::ranges::find(mildest_first, status); };
  return severity(left) < severity(right) ? right : left;
}

}  // namespace natstep::harness
