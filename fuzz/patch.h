// SPDX-License-Identifier: GPL-2.0-or-later
// Changes to a packet's bytes by the names of its fields.
#pragma once

#include "fuzz/program.h"

#include <span>

namespace natstep::fuzz {

/// Applies those that come before the checksums, computes lengths and checksums when the packet is
/// new or was changed, and applies the others.
void apply_patches(wire::Bytes& packet, std::span<const Patch> patches, bool is_new);

}  // namespace natstep::fuzz
