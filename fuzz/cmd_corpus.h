// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "harness/cli/cli.h"

namespace natstep::fuzz {

/// `natstep corpus minimize`, `natstep corpus merge`, `natstep corpus export`.
void add_corpus(CLI::App& program, harness::Command& chosen);

}  // namespace natstep::fuzz
