// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/select.h"
#include "harness/finding/signature.h"
#include "harness/fleet/guest_command.h"
#include "harness/lockstep/minimize.h"
#include "harness/report/output.h"
#include "harness/scenario/scenario_text.h"

#include <cstdio>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

struct MinimizeOptions {
  std::string path;
  bool in_place = false;
  std::size_t most_runs = 2000;
  LockstepChoice lockstep;
  KernelChoice kernel;
};

Scenario load(const std::string& path) {
  auto scenario = load_scenario(select_scenarios({path}, {}).front().path);
  if (!scenario) throw UsageError(to_string(scenario.error()));
  return std::move(*scenario);
}

/// Plays candidates. One at which the environment fails, whatever is odd about it, shows nothing.
class Candidates {
 public:
  explicit Candidates(LockstepOptions options) : options_(std::move(options)) {}

  Outcome play(const Scenario& scenario) {
    if (!dut_) dut_ = std::make_unique<netns::KernelDut>();
    return run_scenario(scenario, *dut_, options_);
  }
  Outcome try_out(const Scenario& scenario) {
    try {
      return play(scenario);
    } catch (const netns::EnvironmentError& error) {
      dut_.reset();
      Outcome broken;
      broken.verdict = Verdict::broken;
      broken.reason = error.what();
      return broken;
    }
  }

 private:
  LockstepOptions options_;
  std::unique_ptr<netns::KernelDut> dut_;
};

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

int minimize_file(const MinimizeOptions& options) {
  const Scenario scenario = load(options.path);
  const LockstepOptions lockstep = options.lockstep.options();
  Candidates candidates(lockstep);
  const Outcome outcome = candidates.play(scenario);
  const auto signature = signature_of(outcome);
  if (!signature) {
    fmt::print(stderr, "natstep: nothing to minimise where nothing diverges or deviates\n\n{}",
               report(scenario, outcome, report_context(lockstep, false)));
    return outcome.diagnostic || exit_code(outcome.verdict) == 0 ? exit_status::usage
                                                                 : exit_code(outcome.verdict);
  }
  const SameFailure same = [&](const Outcome& o) { return signature_of(o) == signature; };
  const RunAgain again = [&](const Scenario& s) { return candidates.try_out(s); };
  const ReduceLimits limits{.most_runs = options.most_runs, .pins = Pins::leave_out};
  const Minimized small = minimize_while(scenario, outcome, same, again, limits);
  fmt::print(stderr, "natstep: {}\n  from {} and {} to {} and {}, in {}\n", to_string(*signature),
             counted(small.steps_before, "step"), counted(small.rules_before, "rule"),
             counted(small.scenario.steps.size(), "step"),
             counted(count_rules(small.scenario), "rule"), counted(small.attempts, "run"));
  const std::string text = print_scenario(small.scenario);
  if (options.in_place)
    write_file(options.path, text);
  else
    write_stdout(text);
  return exit_status::agreed;
}

}  // namespace

void add_minimize(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<MinimizeOptions>();
  CLI::App* command = program.add_subcommand(
      "minimize", "Print the smallest scenario that still diverges, or deviates, in the same way");
  command->add_option("FILE", options->path, "A scenario (.nat)")->required();
  command->add_flag("-i,--in-place", options->in_place, "Write the file instead of printing");
  command
      ->add_option("--most-runs", options->most_runs,
                   "How many smaller scenarios are tried at most")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_lockstep_options(*command, options->lockstep);
  add_kernel_option(*command, options->kernel);
  command->footer(
      "The same way: aspect, first differing field, hook, conntrack state, protocol and clause.\n"
      "Packets go first, then their fields, then rules, sysctls and lines of the topology.\n"
      "Exit status 2 when there is nothing to minimise because model and kernel agree.\n"
      "Example:\n"
      "  natstep minimize --break l4_checksum_follows_port corpus/masquerade/two_hosts_share_a_"
      "port.nat\n");
  command->callback([&chosen, options] {
    chosen = [options] {
      return options->kernel.is_running() ? minimize_file(*options)
                                     : run_this_inside(options->kernel, {options->path});
    };
  });
}

}  // namespace natstep::harness
