// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/cmd_fuzz.h"

#include "fuzz/campaign.h"
#include "fuzz/campaign_view.h"
#include "fuzz/guest_side.h"
#include "fuzz/shared_page.h"
#include "harness/campaign/page.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/fleet/guest_worker.h"
#include "harness/fleet/kernel_store.h"
#include "model/profile.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

struct FuzzCommand {
  harness::LockstepChoice lockstep;
  std::string time;
  std::string report;
  CampaignOptions campaign;
  harness::KernelChoice kernel;
  std::optional<std::size_t> inside;  // the worker's number
  std::string crash;                  // the folder of one that is to be told
};

/// The program itself is what the guest starts, over the host's file system: only user-mode Linux
/// has that.
harness::Kernel uml_named(const std::string& name) {
  constexpr const char* hint =
      "campaigns run in user-mode Linux, such as `natstep kernels build --source 6.12 --kcov` "
      "makes";
  const auto kernel = harness::KernelStore().find(name);
  if (!kernel)
    throw harness::UsageError(fmt::format("--kernel: no kernel {} is cached; {}", name, hint));
  if (kernel->kind != harness::KernelKind::uml)
    throw harness::UsageError(fmt::format("--kernel: {} is for QEMU; {}", kernel->name, hint));
  if (kernel->virtual_time)
    throw harness::UsageError(
        fmt::format("--kernel: the time of {} is virtual, and a campaign takes real hours; {}",
                    kernel->name, hint));
  return *kernel;
}

CampaignGuest guest_of(const FuzzCommand& command) {
  const auto& lockstep = command.lockstep;
  auto wanted = *harness::bootable(uml_named(command.kernel.name), command.kernel);
  wanted.options.console = harness::ConsoleTells::in_the_end;
  CampaignGuest guest{.kernel = {},
                      .profile = harness::version_of(wanted.kernel),
                      .crash_at = command.kernel.crash_at};
  if (lockstep.profile) guest.profile = lockstep.profile->name;
  if (lockstep.probe_profile) guest.profile = "probed";
  guest.kernel = std::make_shared<const harness::BootableKernel>(std::move(wanted));
  return guest;
}

/// What the campaign says about itself; in guests each worker makes out its own.
harness::LockstepOptions lockstep_outside(const FuzzCommand& command, const CampaignGuest& guest) {
  harness::LockstepChoice choice = command.lockstep;
  choice.probe_profile = false;
  if (!choice.profile)
    choice.profile = model::profile_for_release(harness::version_of(guest.kernel->kernel));
  return choice.options();
}

int run_fuzz(FuzzCommand command) {
  CampaignOptions& campaign = command.campaign;
  if (!command.report.empty()) return harness::report_campaign(command.report);
  if (!command.time.empty()) campaign.seconds = parse_duration(command.time);
  if (campaign.seconds < 0)
    throw harness::UsageError(
        fmt::format("--for: `{}` is no time; write 90s, 10m, 8h or 2d", command.time));
  if (campaign.jobs == 0) campaign.jobs = harness::RunOptions{}.usable_jobs();
  campaign.jobs = std::min(campaign.jobs, CampaignPage::most_workers);
  if (!command.kernel.is_running()) {
    campaign.guest = guest_of(command);
    campaign.lockstep = lockstep_outside(command, campaign.guest);
    return run_campaign(campaign);
  }
  campaign.lockstep = command.lockstep.options();
  if (!command.inside) return run_campaign(campaign);
  if (!command.crash.empty()) return tell_inside_guest(campaign, command.crash);
  campaign.writer = fmt::format("guest-{}", *command.inside);
  return run_inside_guest(campaign,
                          {.number = *command.inside, .crash_at = command.kernel.crash_at});
}

constexpr const char* footer =
    "The same command goes on where the last one ended, whatever ended it.\n"
    "DIR has findings/ (one folder a signature), unrepeated/ (what a fresh box does not show),\n"
    "crashes/ (of natstep, or of a guest's kernel), corpus/ (programs worth keeping) and\n"
    "progress.jsonl. A kernel of `natstep kernels build --kcov` tells where packets went in it.\n"
    "Exit status 1 when there are findings, 0 when there are none.\n"
    "Examples:\n"
    "  natstep fuzz --for 8h --out campaign --seeds corpus\n"
    "  natstep fuzz --report campaign\n"
    "  natstep fuzz --for 8h --kernel uml-6.12-kcov --out campaign\n"
    "  natstep fuzz --for 60s --out /tmp/c --until-found --break l4_checksum_follows_port\n";

void add_campaign_options(CLI::App& command, FuzzCommand& options) {
  CampaignOptions& campaign = options.campaign;
  command.add_option("--for", options.time, "90s, 10m, 8h, 2d (default: until interrupted)")
      ->type_name("TIME");
  harness::add_jobs_option(command, campaign.jobs);
  command.add_option("--out", campaign.out, "Where all of it is kept (default: out/fuzz)")
      ->type_name("DIR");
  command.add_option("--seed", campaign.seed,
                     "With one job the same seed finds the same (default: 1)");
  command.add_option("--seeds", campaign.seeds, "Scenarios to start from, such as corpus")
      ->type_name("PATH");
  command.add_flag("--until-found", campaign.until_found, "End with the first finding");
  command
      .add_option("--report", options.report,
                  "Only write DIR/report.html, about a campaign or the shards of one")
      ->type_name("DIR");
  command
      .add_option("--share", campaign.shared_corpus,
                  "A folder in which several campaigns keep their programs together")
      ->type_name("DIR");
}

void add_guest_options(CLI::App& command, FuzzCommand& options) {
  harness::add_kernel_option(command, options.kernel);
  command
      .add_option("--crash-guest-at", options.kernel.crash_at,
                  "Make that kernel crash where it should play a program with this in its name")
      ->type_name("NAME");
  // What the host says to natstep in a guest.
  command.add_option("--inside", options.inside, "")->group(std::string());
  command.add_option("--tell", options.crash, "")->group(std::string());
}

}  // namespace

void add_fuzz(CLI::App& program, harness::Command& chosen) {
  auto options = std::make_shared<FuzzCommand>();
  CLI::App* command = program.add_subcommand(
      "fuzz", "Play programs that nobody thought of, thousands a second, and keep what diverges");
  add_campaign_options(*command, *options);
  harness::add_lockstep_options(*command, options->lockstep);
  add_guest_options(*command, *options);
  command->footer(footer);
  command->callback([&chosen, options] { chosen = [options] { return run_fuzz(*options); }; });
}

}  // namespace natstep::fuzz
