// SPDX-License-Identifier: GPL-2.0-or-later
// natstep inside a guest: the first process there. It makes the machine usable, loads the kernel's
// modules, and runs what comes over the serial line until the machine is ended from outside.
#pragma once

namespace natstep::harness {

/// Refuses to act unless it is process 1 of a machine. Returns only then, with the exit status.
int run_guest();

}  // namespace natstep::harness
