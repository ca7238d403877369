// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "harness/cli/cli.h"

namespace natstep::fuzz {

/// `natstep fuzz`.
void add_fuzz(CLI::App& program, harness::Command& chosen);

}  // namespace natstep::fuzz
