// SPDX-License-Identifier: GPL-2.0-or-later
// Crashes as other findings are: with a scenario that anybody can play, a report, a capture and
// programs that need no natstep. They come later than the crash itself, which is kept at once.
#pragma once

#include "harness/lockstep/lockstep.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace natstep::fuzz {

/// The folders in `out`/crashes whose program has not been told as a scenario.
std::vector<std::filesystem::path> untold_crashes(const std::filesystem::path& out);

/// Adds what files_of_death gives; where that cannot be, scenario.txt says why. No packet goes to
/// this kernel. Throws EnvironmentError; then the crash stays untold.
void tell_crash(const std::filesystem::path& folder, const harness::LockstepOptions& options);

/// Writes scenario.txt.
void give_up_telling(const std::filesystem::path& folder, std::string_view why);

}  // namespace natstep::fuzz
