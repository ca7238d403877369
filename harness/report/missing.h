// SPDX-License-Identifier: GPL-2.0-or-later
// `natstep clauses --missing`: what of Linux the model leaves out, why, and what a run does that
// meets it.
#pragma once

#include <string>

namespace natstep::harness {

std::string missing_text();
std::string missing_json();

}  // namespace natstep::harness
