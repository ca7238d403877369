// SPDX-License-Identifier: GPL-2.0-or-later
// Events as ops of a program: at random, and in the company of packets that show what came of them.
#pragma once

#include "fuzz/events.h"
#include "fuzz/mutate.h"
#include "fuzz/program.h"
#include "fuzz/random.h"

#include <cstddef>

namespace natstep::fuzz {

/// Behind `past` steps.
Op event_op(EventKind kind, const Swarm& swarm, std::size_t past, Random& random);

/// Each puts an event somewhere behind a packet, and then a packet of the same flow. False where
/// there is no room.
bool add_event(Program& program, const Swarm& swarm, Random& random);
/// The event is one that user space does to an entry.
bool add_written_entry(Program& program, const Swarm& swarm, Random& random);
/// An entry, and the packet that it was made for.
bool add_made_entry(Program& program, const Swarm& swarm, Random& random);
/// Where packets wait in queues: user space's verdict, at the end.
bool add_release(Program& program, const Swarm& swarm, Random& random);
/// Likewise: two first packets of one flow, or of one and the way back, wait together.
bool add_twins(Program& program, const Swarm& swarm, Random& random);
/// Another event of the same kind, or another kind.
bool change_event(Program& program, const Swarm& swarm, Random& random);

}  // namespace natstep::fuzz
