// SPDX-License-Identifier: GPL-2.0-or-later
// Which features a kernel really has. Distributions bring in what later versions have, so that a
// version tells less than a conversation: for each feature that has a probe the model plays it both
// ways, and the kernel goes with one of them.
#pragma once

#include "harness/report/profile_report.h"
#include "model/profile.h"

#include <cstddef>
#include <vector>

namespace natstep::harness {

/// The features as the version has them, nothing being run.
std::vector<FeatureValue> features_by_version(const model::Profile& by_version);

/// Runs every probe in workers of their own. What no probe tells stays as the version has it.
std::vector<FeatureValue> probe_features(const model::Profile& by_version, std::size_t jobs);

}  // namespace natstep::harness
