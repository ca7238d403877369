// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/options.h"
#include "harness/cli/run_scenarios.h"

#include <memory>

namespace natstep::harness {

void add_run(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      program.add_subcommand("run", "Run single scenarios, each with its full report");
  command->add_option("FILE", options->paths, "Scenarios (.nat)")->required();
  add_run_options(*command, *options);
  command->footer(
      "Examples:\n"
      "  natstep run corpus/dnat/udp_9999_to_laptop.nat\n"
      "  natstep run out/udp_checksum_absent/scenario.nat    what a report tells you to repeat\n");
  command->callback(
      [&chosen, options] { chosen = [options] { return run_and_print(*options, Detail::run); }; });
}

}  // namespace natstep::harness
