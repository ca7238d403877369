// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"

int main(int argc, char** argv) {
  return natstep::harness::run_program(argc, argv);
}
