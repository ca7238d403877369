// SPDX-License-Identifier: GPL-2.0-or-later
// Expectations in both vocabularies, and in words.
#pragma once

#include "model/model.h"
#include "netns/observation.h"

#include <cstdint>
#include <string>
#include <vector>

namespace natstep::harness {

/// Whether some rule attaches a helper. Without one nothing is ever expected.
bool attaches_helpers(const model::Ruleset& rules);

/// The model's expectations as ctnetlink would show them, those left out whose time is up.
std::vector<netns::CtExpectation> expectations_of(const model::State& state, std::uint64_t at);

/// "tcp 198.51.100.9:* > 203.0.113.1:5001".
std::string expected_tuple(const netns::CtExpectation& expectation);
/// All that does not change with time: "... of tcp A > B, to port 5001 as reply, helper ftp".
std::string to_string(const netns::CtExpectation& expectation);

}  // namespace natstep::harness
