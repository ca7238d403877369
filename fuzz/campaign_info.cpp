// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/campaign_info.h"

#include "harness/campaign/campaign_state.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/version.h"
#include "harness/fleet/guest_worker.h"

#include <chrono>
#include <fstream>
#include <string>

namespace natstep::fuzz {
namespace {

/// This process's own command line, which is what resumes it.
std::string own_command() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string command;
  for (std::string word; std::getline(file, word, '\0');)
    command += (command.empty() ? "" : " ") + word;
  return command;
}

std::uint64_t seconds_since_the_epoch() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace

model::ClauseSet clauses_reached_before(const std::filesystem::path& out) {
  model::ClauseSet clauses;
  for (const auto& id : harness::read_campaign_info(out).clauses)
    if (const auto clause = model::find_clause(id)) clauses.set(static_cast<std::size_t>(*clause));
  return clauses;
}

void keep_info(const CampaignOptions& options, const model::ClauseSet& clauses) {
  auto info = harness::read_campaign_info(options.out);
  if (info.started == 0) info.started = seconds_since_the_epoch();
  info.kernel = options.guest ? harness::guest_name(*options.guest.kernel) : harness::kernel_name();
  info.profile = options.lockstep.profile.name;
  info.version = harness::version();
  info.command = own_command();
  info.seed = options.seed;
  info.jobs = options.jobs;
  info.clauses.clear();
  for (std::size_t i = 0; i < model::clauses().size(); ++i)
    if (clauses[i]) info.clauses.emplace_back(model::clauses()[i].id);
  harness::write_campaign_info(options.out, info);
}

}  // namespace natstep::fuzz
