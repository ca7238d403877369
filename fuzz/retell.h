// SPDX-License-Identifier: GPL-2.0-or-later
// A program as a scenario where nobody saw what came of it: the kernel reads the rules and gets no
// packet, and the model's frames stand for the kernel's.
#pragma once

#include "fuzz/program.h"
#include "harness/lockstep/lockstep.h"
#include "harness/lockstep/outcome.h"
#include "harness/scenario/scenario.h"

#include <cstddef>
#include <string>

#include <tl/expected.hpp>

namespace natstep::fuzz {

struct Retold {
  harness::Scenario scenario;
  harness::Outcome outcome;  // broken, without a reason; its records have the model's side
};

/// The model is asked about the first `asked` packets, and the one behind them is the last. The
/// error says why there is no such box. Throws EnvironmentError.
tl::expected<Retold, std::string> retell(const Program& program,
                                         const harness::LockstepOptions& options,
                                         std::size_t asked);

}  // namespace natstep::fuzz
