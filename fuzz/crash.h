// SPDX-License-Identifier: GPL-2.0-or-later
// A worker died of a signal: natstep itself has a fault. What it was playing is kept.
#pragma once

#include "fuzz/shared_page.h"

#include <filesystem>

namespace natstep::fuzz {

/// Makes `out`/crashes/NAME with the program and its box. Says on stderr where, or that the disk
/// did not take it.
void keep_crash(const std::filesystem::path& out, WorkerPage& page, int signal);

}  // namespace natstep::fuzz
