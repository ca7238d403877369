// SPDX-License-Identifier: GPL-2.0-or-later
// The state machine of the DCCP tracker. Internal to it.
#pragma once

#include "model/conntrack/conn.h"

#include <cstdint>

namespace natstep::model {

class Step;

/// What a packet does to an entry.
struct DccpJudgement {
  enum class Kind : std::uint8_t {
    moves,    // to the state `to`, which may be the one that it is in
    ignored,  // let through without being believed
    invalid,
  } kind{};
  DccpState to{};
};

/// dccp_state_table: what a packet of `type` from the side with `role` does in `state`.
DccpJudgement dccp_judge(Step& step, DccpRole role, std::uint8_t type, DccpState state);

}  // namespace natstep::model
