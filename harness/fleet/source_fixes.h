// SPDX-License-Identifier: GPL-2.0-or-later
// What keeps a user-mode Linux of an older release from running on a newer machine.
#pragma once

#include <filesystem>

namespace natstep::harness {

/// Changes those places in a kernel tree that natstep unpacked itself. A place that is not there, or
/// that reads otherwise, is passed over. Throws EnvironmentError.
void fix_source(const std::filesystem::path& tree);

}  // namespace natstep::harness
