// SPDX-License-Identifier: GPL-2.0-or-later
// A campaign as its folder tells it:
//
//   campaign.json     what is constant, and what is known at the end of each minute
//   gave_up/          a file a worker: why the model gave up, and how often
//   progress.jsonl    how far it had come, moment by moment (progress_log.h)
//   findings/         a folder a signature (harness/finding/finding_store.h)
//   crashes/          a folder a death; trouble.txt says what a kernel died of, and again.txt
//                     whether it does when it plays the scenario alone
//   pcs.txt           the kernel addresses that were reached, in hexadecimal, one a line
//   points.txt        those that can be reached at all, likewise; may be missing
//   lines.txt         in which lines of the source those stand; may be missing
//   kallsyms.txt      /proc/kallsyms of that kernel
#pragma once

#include "harness/campaign/kernel_coverage.h"
#include "harness/campaign/progress_log.h"
#include "harness/finding/finding_store.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace natstep::harness {

struct CampaignInfo {
  std::string kernel{};   // "Linux 6.18.44 x86_64"
  std::string profile{};  // "linux-6.18"
  std::string version{};  // natstep's
  std::string command{};  // what resumes it
  std::uint64_t seed = 0;
  std::uint64_t jobs = 1;
  std::uint64_t started = 0;                            // seconds since the epoch
  std::vector<std::string> clauses{};                   // ids of those reached
  std::map<std::string, std::uint64_t> inconclusive{};  // how often the model gave up, and why
};

/// Durably, replacing what was there. Throws EnvironmentError.
void write_campaign_info(const std::filesystem::path& directory, const CampaignInfo& info);
CampaignInfo read_campaign_info(const std::filesystem::path& directory);

/// What the model gave up at since this worker started, in its own file, replacing what was there.
/// Throws EnvironmentError.
void write_gave_up(const std::filesystem::path& directory, const std::string& worker,
                   const std::map<std::string, std::uint64_t, std::less<>>& reasons);
/// Of all workers together.
std::map<std::string, std::uint64_t> read_gave_up(const std::filesystem::path& directory);

/// What died: a guest's kernel, or natstep itself.
struct StoredCrash {
  std::string trouble;  // "oops nf_nat_setup_info", "natstep died"
  std::string again{};  // "repeats 1 of 1", "did not come again"; empty: nobody tried
  std::filesystem::path folder;
};

/// In the order of their folders' names.
std::vector<StoredCrash> read_crashes(const std::filesystem::path& directory);

struct CampaignState {
  CampaignInfo info;
  std::vector<Moment> moments;
  std::vector<StoredFinding> findings;
  std::vector<StoredCrash> crashes;
  KernelCoverage kernel;  // empty: the kernel tells none
};

/// All that `directory` tells; what is missing stays empty. Throws UsageError for a folder in which
/// there was no campaign.
CampaignState read_campaign(const std::filesystem::path& directory);

}  // namespace natstep::harness
