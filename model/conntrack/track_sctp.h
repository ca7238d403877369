// SPDX-License-Identifier: GPL-2.0-or-later
// The state machine of the SCTP tracker. Internal to it.
#pragma once

#include "model/conntrack/conn.h"

#include <cstdint>
#include <optional>

namespace natstep::model {

class Step;

/// sctp_new_state: where a chunk of `type` in `direction` leads from `state`; nothing when it makes
/// the packet INVALID. A chunk that does not drive the machine leads nowhere else.
std::optional<SctpState> sctp_next_state(Step& step, SctpState state, Direction direction,
                                         std::uint8_t type);

}  // namespace natstep::model
