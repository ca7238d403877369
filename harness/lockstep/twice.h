// SPDX-License-Identifier: GPL-2.0-or-later
// The last of the laws: the same input gives the same result again. It needs two runs of a
// scenario, each in a box of its own.
#pragma once

#include "harness/lockstep/outcome.h"

#include <optional>
#include <string>

namespace natstep::harness {

/// What the second run shows that the first does not, in words; nothing when they are the same.
/// Where the kernel chose otherwise (a port, an IP id), what follows from the choice is left to the
/// model, which was bound to it in either run. Both outcomes must have kept their records.
std::optional<std::string> differs_again(const Outcome& first, const Outcome& second);

}  // namespace natstep::harness
