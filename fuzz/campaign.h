// SPDX-License-Identifier: GPL-2.0-or-later
// A campaign: workers, each a process with namespaces of its own, one folder that has all they
// found, and one view of it. Whatever ends it, the same command goes on where it ended.
#pragma once

#include "harness/lockstep/lockstep.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace natstep::fuzz {

struct CampaignOptions {
  harness::LockstepOptions lockstep;
  std::filesystem::path out = "out/fuzz";
  std::filesystem::path shared_corpus;  // empty: the campaign has its programs for itself
  std::vector<std::string> seeds;  // scenarios to start from
  double seconds = 0;              // 0: until it is interrupted
  std::size_t jobs = 0;            // at most CampaignPage::most_workers
  std::uint64_t seed = 1;
  bool until_found = false;
};

/// Returns the exit status. Throws EnvironmentError.
int run_campaign(const CampaignOptions& options);

}  // namespace natstep::fuzz
