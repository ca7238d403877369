// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/run_scenarios.h"
#include "harness/cli/select.h"
#include "harness/fleet/bisect_step.h"
#include "harness/report/output.h"
#include "netns/error.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

struct BisectStepOptions {
  std::string path;
  std::string tree = ".";
  StepOptions step;
  RunOptions run;
};

const char* word_of(StepVerdict verdict) {
  switch (verdict) {
    case StepVerdict::good:
      return "good";
    case StepVerdict::bad:
      return "bad";
    case StepVerdict::skip:
      break;
  }
  return "skip";
}

int step(const BisectStepOptions& options) {
  const ScenarioFile file = select_scenarios({options.path}, {}).front();
  StepOptions step = options.step;
  if (!std::filesystem::is_directory(options.tree))
    throw UsageError(fmt::format("{}: no such folder", options.tree));
  step.tree = std::filesystem::canonical(options.tree);
  if (!std::filesystem::exists(step.tree / "Kbuild"))
    throw UsageError(fmt::format("{}: no kernel tree", step.tree.native()));
  step.jobs = options.run.usable_jobs();
  step.profile_given = options.run.lockstep.profile.has_value();
  JobOptions job = job_options(options.run);
  job.minimise = false;
  job.out.clear();
  const StepFinding finding = bisect_step(step, job, file);
  write_stdout(fmt::format("{}  {}\n", word_of(finding.verdict), finding.why));
  return step_status_of(finding.verdict);
}

/// A mistake of whoever asks is no property of the kernel: git must stop, and not go on with "bad".
int step_or_abort(const BisectStepOptions& options) {
  try {
    return step(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "natstep: {}\n", error.what());
    return step_status::abort;
  }
}

}  // namespace

void add_bisect_step(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<BisectStepOptions>();
  CLI::App* command = program.add_subcommand(
      "bisect-step", "A step of `git bisect run` in a kernel tree: build, boot, play a scenario");
  command->add_option("FILE", options->path, "A scenario (.nat)")->required();
  command->add_option("--tree", options->tree, "The kernel tree (default: the current folder)")
      ->type_name("FOLDER");
  command->add_flag("--built", options->step.built,
                    "Take the bzImage or user-mode Linux that was built in the tree");
  command
      ->add_option("--runs", options->step.runs,
                   "How often a kernel has to agree to be good (default: 3)")
      ->type_name("N")
      ->check(CLI::Range(1, 10000));
  add_lockstep_options(*command, options->run.lockstep);
  add_jobs_option(*command, options->run.jobs);
  command->footer(
      "Exit status: 0 good (model and kernel agree), 1 bad (they do not, or the kernel crashes), "
      "125 skip\n(it does not build or boot, or the scenario cannot be played there), 128 abort.\n"
      "Example:\n"
      "  git bisect start BAD GOOD && git bisect run natstep bisect-step ~/found.nat\n");
  command->callback([&chosen, options] { chosen = [options] { return step_or_abort(*options); }; });
}

}  // namespace natstep::harness
