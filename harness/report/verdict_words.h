// SPDX-License-Identifier: GPL-2.0-or-later
// Small things that several formats say in the same way.
#pragma once

#include "harness/lockstep/outcome.h"

#include <string>
#include <string_view>

namespace natstep::harness {

/// "agreed", "diverged", ...
std::string lower_case(Verdict verdict);

/// "1 scenario", "2 scenarios".
std::string counted(std::size_t number, std::string_view thing);

/// The colour of a verdict for a terminal, around `text`; `text` itself when `colour` is off.
enum class Colour : unsigned char { off, on };
std::string painted(Verdict verdict, std::string_view text, Colour colour);

}  // namespace natstep::harness
