// SPDX-License-Identifier: GPL-2.0-or-later
// The message of ctnetlink by which user space deletes, makes or changes entries, for
// reproducer/conntrack.py.
#pragma once

#include "harness/lockstep/outcome.h"

#include <nlohmann/json.hpp>

namespace natstep::harness {

/// `kind` and `flags` of the message, the family that it is about, and its attributes in
/// hexadecimal. `record` is the step of the event: what it wrote stands in the entries behind it.
nlohmann::ordered_json entry_message(const model::Event& event, const StepRecord& record);

}  // namespace natstep::harness
