// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a kernel dies again, of the scenario alone that tells its death, in a guest that has been
// through nothing else.
#pragma once

#include "fuzz/campaign.h"
#include "harness/report/result.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::fuzz {

/// What again.txt says of a crash. `trouble` is what the kernel died of when the campaign saw it,
/// and `result` what a guest made of the scenario.
std::string words_about_again(std::string_view trouble, const harness::Result& result);

/// The folders in `out`/crashes of kernels whose scenario nobody has played since.
std::vector<std::filesystem::path> crashes_to_play_again(const std::filesystem::path& out);

/// Boots a guest, which plays the scenario in `folder` once, and writes again.txt. A guest that
/// falls silent is given up. Throws EnvironmentError when the file cannot be written.
void play_crash_again(const std::filesystem::path& folder, const CampaignOptions& options);

}  // namespace natstep::fuzz
