// SPDX-License-Identifier: GPL-2.0-or-later
// What a routing decision says in the walk.
#pragma once

#include "model/packet.h"
#include "model/router/route.h"

#include <string>

namespace natstep::model {

/// "local", "forward to lan", "martian: the source is 0.0.0.0".
std::string decision_text(const Step& step, const RouteDecision& decision);

/// Whether the packet goes on after the decision.
Verdict verdict_of(const RouteDecision& decision);

}  // namespace natstep::model
