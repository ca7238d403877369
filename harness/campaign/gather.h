// SPDX-License-Identifier: GPL-2.0-or-later
// Campaigns that ran beside each other, on one machine or many, as one: DIR/shard-1, DIR/shard-2,
// ...
#pragma once

#include "harness/campaign/campaign_state.h"

#include <filesystem>
#include <vector>

namespace natstep::harness {

/// The folders below `directory` in which there was a campaign, by name.
std::vector<std::filesystem::path> shards_of(const std::filesystem::path& directory);

/// Brings what the shards have into `directory`: findings by signature, the course of all together,
/// every clause that any of them reached. To do so again is no harm. Throws EnvironmentError.
void gather_shards(const std::filesystem::path& directory);

/// The sum of several courses: executions and rates add up; features, clauses and places in the
/// kernel are at least those of the best.
std::vector<Moment> together(const std::vector<std::vector<Moment>>& courses);

}  // namespace natstep::harness
