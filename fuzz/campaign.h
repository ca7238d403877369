// SPDX-License-Identifier: GPL-2.0-or-later
// A campaign: workers, each a process with namespaces or a guest of its own, one folder that has
// all they found, and one view of it. Whatever ends it, the same command goes on where it ended.
#pragma once

#include "harness/lockstep/lockstep.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace natstep::harness {
struct BootableKernel;
}

namespace natstep::fuzz {

/// Where the campaign plays, when not on the running kernel.
struct CampaignGuest {
  std::shared_ptr<const harness::BootableKernel> kernel;  // null: on the running one
  std::string profile;                                    // the word for --profile inside
  std::string crash_at;                                   // as InsideOptions

  explicit operator bool() const { return kernel != nullptr; }
};

struct CampaignOptions {
  harness::LockstepOptions lockstep;
  CampaignGuest guest;
  std::filesystem::path out = "out/fuzz";
  std::filesystem::path shared_corpus;  // empty: the campaign has its programs for itself
  std::vector<std::string> seeds;       // scenarios to start from
  double seconds = 0;                   // 0: until it is interrupted
  std::size_t jobs = 0;                 // at most CampaignPage::most_workers
  std::uint64_t seed = 1;
  bool until_found = false;
  std::string writer;  // the name by which findings are written; empty: a lock keeps order
};

/// Returns the exit status. Throws EnvironmentError.
int run_campaign(const CampaignOptions& options);

}  // namespace natstep::fuzz
