// SPDX-License-Identifier: GPL-2.0-or-later
// A talk that one of the kernel's helpers listens to, and what comes of it: packets at random
// seldom say two things that belong together.
#pragma once

#include "fuzz/mutate.h"
#include "fuzz/program.h"
#include "fuzz/random.h"

namespace natstep::fuzz {

/// Adds one to the program. False when its box has no helper.
bool add_conversation(Program& program, const Swarm& swarm, Random& random);

}  // namespace natstep::fuzz
