// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/select.h"
#include "harness/cli/single_run.h"
#include "harness/fleet/guest_command.h"
#include "harness/report/output.h"
#include "harness/report/pin.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

struct PinOptions {
  std::string path;
  bool in_place = false;
  LockstepChoice lockstep;
  KernelChoice kernel;
};

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UsageError(fmt::format("{}: {}", path, std::generic_category().message(errno)));
  return {std::istreambuf_iterator<char>(file), {}};
}

int pin(const PinOptions& options) {
  LockstepOptions lockstep = options.lockstep.options();
  lockstep.keep_records = true;
  const SingleRun run = run_single(options.path, lockstep);
  if (run.outcome.verdict != Verdict::agreed && run.outcome.verdict != Verdict::deviation) {
    fmt::print(stderr, "natstep: nothing to pin where model and kernel do not agree\n\n{}\n",
               report(run.scenario, run.outcome, report_context(lockstep, false)));
    return exit_code(run.outcome.verdict);
  }
  const std::string pinned = add_pins(read_text(options.path), run.scenario, run.outcome);
  if (options.in_place)
    write_file(options.path, pinned);
  else
    write_stdout(pinned);
  return exit_status::agreed;
}

}  // namespace

void add_pin(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<PinOptions>();
  CLI::App* command = program.add_subcommand(
      "pin", "Print the scenario with what model and kernel agree on written below each step");
  command->add_option("FILE", options->path, "A scenario (.nat)")->required();
  command->add_flag("-i,--in-place", options->in_place, "Write the file instead of printing");
  add_lockstep_options(*command, options->lockstep);
  add_kernel_option(*command, options->kernel);
  command->footer(
      "Steps that have pins already keep them. Scapy packets are frozen to notation or hex.\n"
      "Example:\n"
      "  natstep pin script.nat > scenario.nat\n");
  command->callback([&chosen, options] {
    chosen = [options] {
      return options->kernel.is_running() ? pin(*options)
                                     : run_this_inside(options->kernel, {options->path});
    };
  });
}

}  // namespace natstep::harness
