// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/libfuzzer.h"

#include "fuzz/mutate.h"
#include "fuzz/program.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <sys/utsname.h>

namespace natstep::fuzz {
namespace {

/// libFuzzer reads them after each input and clears them before the next.
[[gnu::section("__libfuzzer_extra_counters"), gnu::used]] std::uint8_t counters[feature_count];

std::size_t write_back(const Program& program, std::uint8_t* data, std::size_t most) {
  const wire::Bytes bytes = encode(program);
  if (bytes.size() > most) return 0;
  std::ranges::copy(bytes, data);
  return bytes.size();
}

}  // namespace

harness::LockstepOptions options_of_target() {
  harness::LockstepOptions options;
  utsname kernel{};
  ::uname(&kernel);
  options.profile = model::profile_for_release(kernel.release);
  if (const char* clause = std::getenv("NATSTEP_BREAK"))
    options.broken = model::find_clause(clause);
  return options;
}

void tell_features(const Features& features) {
  for (const std::uint32_t number : features.numbers())
    counters[number] = 1;
}

}  // namespace natstep::fuzz

using namespace natstep::fuzz;

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned int seed) {
  Random random(seed);
  const Swarm swarm = Swarm::draw(random);
  const Program before = decode({data, size});
  Program program = random.one_in(32) ? generate(swarm, random) : before;
  Lineage lineage;
  mutate(program, before, swarm, random, lineage);
  const std::size_t written = write_back(program, data, most);
  return written != 0 ? written : std::min(size, most);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* left, std::size_t left_size,
                                                 const std::uint8_t* right, std::size_t right_size,
                                                 std::uint8_t* out, std::size_t most,
                                                 unsigned int seed) {
  Random random(seed);
  Program program = decode({left, left_size});
  cross(program, decode({right, right_size}), random);
  return write_back(program, out, most);
}
