// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/cmd_corpus.h"
#include "fuzz/cmd_fuzz.h"
#include "harness/cli/cli.h"

#include <array>

int main(int argc, char** argv) {
  constexpr std::array<natstep::harness::AddCommand, 2> more{natstep::fuzz::add_fuzz,
                                                             natstep::fuzz::add_corpus};
  return natstep::harness::run_program(argc, argv, more);
}
