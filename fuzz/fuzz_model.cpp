// SPDX-License-Identifier: GPL-2.0-or-later
// Programs through the model alone, with the laws as oracle: nothing crashes, whatever the bytes,
// and a law is broken only where a clause that is known to deviate was reached. Runs anywhere.
#include "fuzz/libfuzzer.h"
#include "fuzz/model_player.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

using namespace natstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::ModelPlayer player(fuzz::options_of_target());
  const fuzz::ModelRun& run = player.play(fuzz::decode({data, size}));
  fuzz::tell_features(run.features);
  if (run.broken_law.empty()) return 0;
  fmt::print(stderr, "{}\n", run.broken_law);
  std::abort();
}
