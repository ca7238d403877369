// SPDX-License-Identifier: GPL-2.0-or-later
// Pins about expectations: `expect tcp 198.51.100.9:* > 203.0.113.1:5001 timeout 300`.
#pragma once

#include "harness/scenario/scenario.h"
#include "netns/observation.h"

#include <optional>
#include <string>
#include <vector>

namespace natstep::harness {

/// Holds a pin against all expectations of one side: why it does not hold, or nothing. The words,
/// in any order: timeout N (seconds), port N (to which the destination will be translated), helper
/// NAME.
std::optional<std::string> expect_mismatch(const ExpectPin& pin,
                                           const std::vector<netns::CtExpectation>& expectations,
                                           double elapsed_seconds,
                                           const wire::Variables& variables);

/// The pin as a script writes it.
std::string print_expect_pin(const ExpectPin& pin);

}  // namespace natstep::harness
