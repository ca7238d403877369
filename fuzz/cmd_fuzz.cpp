// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/cmd_fuzz.h"

#include "fuzz/campaign.h"
#include "fuzz/campaign_view.h"
#include "fuzz/shared_page.h"
#include "harness/campaign/page.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"

#include <algorithm>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

struct FuzzCommand {
  harness::LockstepChoice lockstep;
  std::string time;
  std::string report;
  CampaignOptions campaign;
};

int run_fuzz(FuzzCommand command) {
  CampaignOptions& campaign = command.campaign;
  if (!command.report.empty()) return harness::report_campaign(command.report);
  if (!command.time.empty()) campaign.seconds = parse_duration(command.time);
  if (campaign.seconds < 0)
    throw harness::UsageError(
        fmt::format("--for: `{}` is no time; write 90s, 10m, 8h or 2d", command.time));
  if (campaign.jobs == 0) campaign.jobs = harness::RunOptions{}.usable_jobs();
  campaign.jobs = std::min(campaign.jobs, CampaignPage::most_workers);
  campaign.lockstep = command.lockstep.options();
  return run_campaign(campaign);
}

}  // namespace

void add_fuzz(CLI::App& program, harness::Command& chosen) {
  auto options = std::make_shared<FuzzCommand>();
  CampaignOptions& campaign = options->campaign;
  CLI::App* command = program.add_subcommand(
      "fuzz", "Play programs that nobody thought of, thousands a second, and keep what diverges");
  command->add_option("--for", options->time, "90s, 10m, 8h, 2d (default: until interrupted)")
      ->type_name("TIME");
  harness::add_jobs_option(*command, campaign.jobs);
  command->add_option("--out", campaign.out, "Where all of it is kept (default: out/fuzz)")
      ->type_name("DIR");
  command->add_option("--seed", campaign.seed,
                      "With one job the same seed finds the same (default: 1)");
  command->add_option("--seeds", campaign.seeds, "Scenarios to start from, such as corpus")
      ->type_name("PATH");
  command->add_flag("--until-found", campaign.until_found, "End with the first finding");
  command
      ->add_option("--report", options->report,
                   "Only write DIR/report.html, about a campaign or the shards of one")
      ->type_name("DIR");
  command
      ->add_option("--share", campaign.shared_corpus,
                   "A folder in which several campaigns keep their programs together")
      ->type_name("DIR");
  harness::add_lockstep_options(*command, options->lockstep);
  command->footer(
      "The same command goes on where the last one ended, whatever ended it.\n"
      "DIR has findings/ (one folder a signature), unrepeated/ (what a fresh box does not show),\n"
      "crashes/ (of natstep), corpus/ (programs worth keeping) and progress.jsonl.\n"
      "Exit status 1 when there are findings, 0 when there are none.\n"
      "Examples:\n"
      "  natstep fuzz --for 8h --out campaign --seeds corpus\n"
      "  natstep fuzz --report campaign\n"
      "  natstep fuzz --for 60s --out /tmp/c --until-found --break l4_checksum_follows_port\n");
  command->callback([&chosen, options] { chosen = [options] { return run_fuzz(*options); }; });
}

}  // namespace natstep::fuzz
