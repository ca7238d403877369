// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/cmd_fuzz.h"
#include "harness/cli/cli.h"

#include <array>

int main(int argc, char** argv) {
  constexpr std::array<natstep::harness::AddCommand, 1> more{natstep::fuzz::add_fuzz};
  return natstep::harness::run_program(argc, argv, more);
}
