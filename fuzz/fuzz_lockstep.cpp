// SPDX-License-Identifier: GPL-2.0-or-later
// Programs through the running kernel and the model in step. Whatever diverges in a fresh box as
// well is a crash to libFuzzer. Needs root, or user namespaces.
#include "fuzz/engine.h"
#include "fuzz/libfuzzer.h"
#include "harness/scenario/scenario_text.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

using namespace natstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Engine engine({.lockstep = fuzz::options_of_target()});
  engine.take(fuzz::decode({data, size}));
  fuzz::tell_features(engine.features());
  for (const fuzz::Found& found : engine.new_findings()) {
    fmt::print(stderr, "{}\n\n{}\n", found.signature, harness::print_scenario(found.scenario));
    if (found.kind == fuzz::Found::Kind::diverged) std::abort();
  }
  return 0;
}
