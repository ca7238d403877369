// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/cmd_fuzz.h"

#include "fuzz/engine.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/scenario/scenario_text.h"

#include <chrono>
#include <cstdio>
#include <memory>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

struct FuzzCommand {
  harness::LockstepChoice lockstep;
  double seconds = 10;
  std::uint64_t seed = 1;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void show(const Counts& counts, double seconds) {
  fmt::print(
      "{:6.1f} s  {:8} executions  {:6.0f}/s  {:4} clauses  {:6} features  {:5} kept  {:3} "
      "findings\n",
      seconds, counts.executions, static_cast<double>(counts.executions) / seconds, counts.clauses,
      counts.features, counts.corpus, counts.findings);
  std::fflush(stdout);
}

void show(const Found& found) {
  fmt::print("\n{}  {}\n\n{}\n", found.kind == Found::Kind::diverged ? "DIVERGED" : "UNREPEATED",
             found.signature, harness::print_scenario(found.scenario));
}

int run_fuzz(const FuzzCommand& command) {
  Engine engine({.lockstep = command.lockstep.options(), .seed = command.seed});
  const Clock::time_point start = Clock::now();
  double next = 1;
  while (seconds_since(start) < command.seconds) {
    engine.run_one();
    engine.new_entries();
    for (const Found& found : engine.new_findings())
      show(found);
    if (seconds_since(start) < next) continue;
    show(engine.counts(), seconds_since(start));
    ++next;
  }
  show(engine.counts(), seconds_since(start));
  return engine.counts().findings == 0 ? harness::exit_status::agreed
                                       : harness::exit_status::diverged;
}

}  // namespace

void add_fuzz(CLI::App& program, harness::Command& chosen) {
  auto options = std::make_shared<FuzzCommand>();
  CLI::App* command =
      program.add_subcommand("fuzz", "Play programs that nobody thought of, thousands a second");
  harness::add_lockstep_options(*command, options->lockstep);
  command->add_option("--for", options->seconds, "Time (default: 10)")->type_name("SECONDS");
  command->add_option("--seed", options->seed, "The same seed finds the same (default: 1)");
  command->callback([&chosen, options] { chosen = [options] { return run_fuzz(*options); }; });
}

}  // namespace natstep::fuzz
