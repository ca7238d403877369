// SPDX-License-Identifier: GPL-2.0-or-later
// Whole files.
#pragma once

#include <filesystem>
#include <string>

namespace natstep::harness {

/// What a file holds. Throws EnvironmentError when it cannot be opened.
std::string content_of(const std::filesystem::path& path);

}  // namespace natstep::harness
