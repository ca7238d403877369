// SPDX-License-Identifier: GPL-2.0-or-later
// What keeps a user-mode Linux of an older release from running on a newer machine.
#pragma once

#include <filesystem>

namespace natstep::harness {

/// A compiler that reads the few sources in question as they ought to be, and leaves the kernel
/// tree as it is: the tree may be a user's, in the middle of a bisection. Written into `folder`, an
/// absolute path without apostrophes; returns where it stands. What reads otherwise already is
/// compiled as it is. Throws EnvironmentError.
std::filesystem::path write_compiler(const std::filesystem::path& folder);

}  // namespace natstep::harness
