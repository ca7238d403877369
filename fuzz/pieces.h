// SPDX-License-Identifier: GPL-2.0-or-later
// Fragments of packets, those that no sender would make among them.
#pragma once

#include "fuzz/program.h"
#include "model/wire/bytes.h"

namespace natstep::fuzz {

/// The piece of `base` that `op` asks for; all of it where there is no such piece.
wire::Bytes piece_of(wire::ByteView base, const Op& op);

}  // namespace natstep::fuzz
