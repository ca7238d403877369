// SPDX-License-Identifier: GPL-2.0-or-later
// Files and folders that survive: on disk when the call returns, and never half of them in their
// place. All throw EnvironmentError, and then nothing has changed.
#pragma once

#include "harness/cli/descriptor.h"
#include "harness/finding/finding_files.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// Writes by way of a file beside it, or replaces what was there.
void write_durably(const std::filesystem::path& path, std::string_view text);

/// Makes `folder`, and what is above it, with these files by way of `aside`, a folder on the same
/// file system that need not exist. `folder` must not exist.
void make_folder_durably(const std::filesystem::path& folder, const std::filesystem::path& aside,
                         const std::vector<FileOfFinding>& files);

/// Waits until nobody else holds the lock file, and holds it as long as the descriptor lives. A
/// process that dies lets go.
Descriptor hold_lock(const std::filesystem::path& path);

}  // namespace natstep::harness
