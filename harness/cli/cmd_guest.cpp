// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/fleet/guest.h"

#include <string>

namespace natstep::harness {

/// Not for people: what a kernel that natstep booted starts as its first process.
void add_guest(CLI::App& program, Command& chosen) {
  CLI::App* command = program.add_subcommand("guest", "");
  command->group(std::string());
  command->callback([&chosen] { chosen = [] { return run_guest(); }; });
}

}  // namespace natstep::harness
