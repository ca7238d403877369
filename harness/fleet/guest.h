// SPDX-License-Identifier: GPL-2.0-or-later
// natstep inside a guest: the first process there. It makes the machine usable, loads the kernel's
// modules, and runs what comes over the serial line until the machine is ended from outside.
#pragma once

#include "harness/cli/descriptor.h"
#include "harness/fleet/guest_channel.h"

#include <filesystem>

namespace natstep::harness {

/// Refuses to act unless it is process 1 of a machine. Returns only then, with the exit status.
int run_guest();

/// The serial line to the host, for what a command inside has to say while it runs.
Descriptor open_guest_channel();
void write_frame(int channel, const GuestFrame& frame);

/// What a command inside ends with to have the machine crash.
inline constexpr int status_to_crash = 77;

/// Makes what is written below `folder` go to the host at once (user-mode Linux; elsewhere the
/// host's files are not there). Throws EnvironmentError.
void share_folder_with_host(const std::filesystem::path& folder);

}  // namespace natstep::harness
