// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/version.h"
#include "harness/fleet/guest_command.h"
#include "harness/lockstep/bench.h"
#include "harness/report/output.h"
#include "netns/kernel_dut.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

struct BenchCommand {
  Format format = Format::text;
  LockstepChoice lockstep;
  KernelChoice kernel;
  double seconds = 1.5;
};

std::string row(std::string_view traffic, const BenchFigures& figures) {
  return fmt::format("{:<12} {:>11.0f} {:>11.0f}   {:.2f}  {:>11.0f}\n", traffic, figures.bare,
                     figures.lockstep, figures.ratio(), figures.model);
}

std::string bench_text(const BenchResult& result, const std::string& profile) {
  return "packets/s           bare    lockstep   ratio  model alone\n" +
         row("established", result.established) + row("new_flow", result.new_flow) +
         fmt::format("\n{} flows through the model alone: {} bytes of memory more than before\n",
                     result.model_flows, result.model_growth) +
         fmt::format("{} packets compared    {}    profile {}    natstep {}\n", result.packets,
                     kernel_name(), profile, version());
}

nlohmann::ordered_json to_json(const BenchFigures& figures) {
  return {{"bare", figures.bare},
          {"lockstep", figures.lockstep},
          {"ratio", figures.ratio()},
          {"model", figures.model}};
}

std::string bench_json(const BenchResult& result, const std::string& profile) {
  const nlohmann::ordered_json j{{"natstep", version()},
                                 {"kernel", kernel_name()},
                                 {"profile", profile},
                                 {"packets", result.packets},
                                 {"established", to_json(result.established)},
                                 {"new_flow", to_json(result.new_flow)},
                                 {"model_flows", result.model_flows},
                                 {"model_growth", result.model_growth}};
  return j.dump(2) + "\n";
}

int run_bench(const BenchCommand& command) {
  const model::Profile profile = command.lockstep.options().profile;
  netns::KernelDut dut;
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::duration<double>(command.seconds));
  const BenchResult result = bench(dut, {.profile = profile, .time = time});
  if (result.disagreement) {
    fmt::print(stderr, "natstep: the figures are worthless, model and kernel differ: {}\n",
               *result.disagreement);
    return exit_status::diverged;
  }
  write_stdout(command.format == Format::json ? bench_json(result, profile.name)
                                              : bench_text(result, profile.name));
  return exit_status::agreed;
}

}  // namespace

void add_bench(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<BenchCommand>();
  CLI::App* command = program.add_subcommand(
      "bench", "Measure lockstep against the bare kernel, in turns within one run");
  add_format_option(*command, options->format, {"text", "json"});
  add_profile_option(*command, options->lockstep);
  add_kernel_option(*command, options->kernel);
  command->add_option("--seconds", options->seconds, "Time for each kind of traffic (default: 1.5)")
      ->type_name("S")
      ->check(CLI::Range(0.01, 3600.0));
  command->footer(
      "established: packets of one masqueraded UDP flow; new_flow: a new masqueraded UDP flow "
      "each.\n"
      "bare writes to one port and reads from the other; lockstep also predicts and compares every "
      "byte;\nmodel alone only predicts.\n");
  command->callback([&chosen, options] {
    chosen = [options] {
      return options->kernel.is_running() ? run_bench(*options) : run_this_inside(options->kernel, {});
    };
  });
}

}  // namespace natstep::harness
