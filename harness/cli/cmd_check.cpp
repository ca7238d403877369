// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/options.h"
#include "harness/cli/run_scenarios.h"

#include <memory>

namespace natstep::harness {

void add_check(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = program.add_subcommand(
      "check", "Run the corpus, or the scenarios below PATH, and sum up by area");
  command->add_option("PATH", options->paths,
                      "Scenarios (.nat), folders of them, or sweeps such as sweep:tcp_flags "
                      "(default: the corpus)");
  command->add_flag("--sweeps", options->sweeps,
                    "Also run every sweep: rules with a parameter, for each of its values");
  command->add_flag("--twice", options->twice,
                    "Play every scenario twice, in two boxes: the same input must give the same "
                    "result again");
  add_run_options(*command, *options);
  command->footer(
      "Examples:\n"
      "  natstep check                               everything\n"
      "  natstep check --sweeps                      everything, and every value of what has many\n"
      "  natstep check --filter 'masquerade|snat'    what has that in its path\n"
      "  natstep check --format junit > natstep.xml  for a CI system\n"
      "  natstep check --break udp_checksum_absent   a wrong model: must exit 1\n");
  command->callback([&chosen, options] {
    chosen = [options] { return run_and_print(*options, Detail::check); };
  });
}

}  // namespace natstep::harness
