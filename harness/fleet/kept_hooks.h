// SPDX-License-Identifier: GPL-2.0-or-later
// Spares an emulated kernel the rewriting of its own code.
#pragma once

namespace natstep::harness {

/// Starts a process that stays in a namespace of its own, with a chain at every hook. The first
/// chain of a hook on a machine, and the end of the last one, flip a static key
/// (nf_hooks_needed): the kernel writes into its code, and an emulator translates what it wrote
/// into once more. With these chains there is never a first nor a last one. They see no packet.
void keep_hooks();

}  // namespace natstep::harness
