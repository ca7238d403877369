// SPDX-License-Identifier: GPL-2.0-or-later
// A finding as a program that needs no natstep: one Python file for whoever works on the kernel. It
// makes a namespace with iproute2 and nft, writes the packets into TUN ports, prints what comes out
// beside what the model says, and tells by its exit status which of the two this kernel does.
#pragma once

#include "harness/lockstep/outcome.h"
#include "harness/report/report.h"
#include "harness/scenario/scenario.h"

#include <string>

#include <tl/expected.hpp>

namespace natstep::harness {

/// The text of the program, or why what was found cannot be told from outside. The outcome must
/// have its records (LockstepOptions::keep_records, or it diverged).
tl::expected<std::string, std::string> reproducer(const Scenario& scenario, const Outcome& outcome,
                                                  const ReportContext& context);

/// The same of what the kernel or natstep died of: it tells whether this kernel lives through it
/// and complains about nothing. What the records saw stands for what that kernel did until then.
std::string reproducer_of_death(const Scenario& scenario, const Outcome& outcome,
                                const ReportContext& context);

}  // namespace natstep::harness
