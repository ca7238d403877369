// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/single_run.h"
#include "harness/finding/reproducer.h"
#include "harness/fleet/guest_command.h"
#include "harness/report/output.h"

#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

struct ReproduceOptions {
  std::string path;
  LockstepChoice lockstep;
  KernelChoice kernel;
};

int reproduce_file(const ReproduceOptions& options) {
  LockstepOptions lockstep = options.lockstep.options();
  lockstep.keep_records = true;
  const SingleRun run = run_single(options.path, lockstep);
  const ReportContext context = report_context(lockstep, false);
  const auto program = reproducer(run.scenario, run.outcome, context);
  if (program) {
    write_stdout(*program);
    return exit_status::agreed;
  }
  fmt::print(stderr, "natstep: {}\n\n{}", program.error(),
             report(run.scenario, run.outcome, context));
  const int status = exit_code(run.outcome.verdict);
  return status == exit_status::agreed ? exit_status::usage : status;
}

}  // namespace

void add_reproduce(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<ReproduceOptions>();
  CLI::App* command = program.add_subcommand(
      "reproduce", "Print a Python program that shows the finding without natstep");
  command->add_option("FILE", options->path, "A scenario (.nat) that diverges or deviates")
      ->required();
  add_lockstep_options(*command, options->lockstep);
  add_kernel_option(*command, options->kernel);
  command->footer(
      "The program needs python3, iproute2, nft or iptables, and /dev/net/tun. It exits with 1 "
      "when "
      "the\nkernel does what was found, with 0 when it does what the model says, with 2 when it "
      "does "
      "neither.\nExample:\n"
      "  natstep reproduce out/udp_checksum_absent/scenario.nat > for_netdev.py\n"
      "  sudo python3 for_netdev.py\n");
  command->callback([&chosen, options] {
    chosen = [options] {
      return options->kernel.is_running() ? reproduce_file(*options)
                                     : run_this_inside(options->kernel, {options->path});
    };
  });
}

}  // namespace natstep::harness
