// SPDX-License-Identifier: GPL-2.0-or-later
// A masqueraded TCP connection from inside to a server outside, segment by segment.
#pragma once

#include "harness/sweeps/flows.h"

#include <string>
#include <string_view>

namespace natstep::harness::sweep {

/// Topology and rules: the beginning of a scenario.
std::string masquerading_box(Family family);

/// An `in` line: a segment from the server, or from the client, whose port is `port`. `what` are
/// the words behind its endpoints.
std::string segment(Family family, bool from_server, unsigned port, std::string_view what);

}  // namespace natstep::harness::sweep
