// SPDX-License-Identifier: GPL-2.0-or-later
// What targets that take programs share: libFuzzer's custom mutator and crossover are natstep's own
// mutations, and features count as coverage.
#pragma once

#include "fuzz/features.h"
#include "harness/lockstep/lockstep.h"

namespace natstep::fuzz {

/// The running kernel's profile; $NATSTEP_BREAK names a clause that is replaced by its defect.
harness::LockstepOptions options_of_target();

/// Hands the features to libFuzzer as extra counters.
void tell_features(const Features& features);

}  // namespace natstep::fuzz
