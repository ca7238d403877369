// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/options.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/single_run.h"
#include "harness/fleet/guest_command.h"
#include "harness/report/output.h"
#include "harness/report/report.h"

#include <memory>
#include <string>

namespace natstep::harness {
namespace {

struct ExplainOptions {
  std::string path;
  ColourWhen colour = ColourWhen::automatic;
  LockstepChoice lockstep;
  KernelChoice kernel;
};

int explain_file(const ExplainOptions& options) {
  LockstepOptions lockstep = options.lockstep.options();
  lockstep.detail = model::WalkDetail::full;
  lockstep.keep_records = true;
  // The names of old kernels belong to kernels that need not run: the model speaks alone.
  const bool alone = lockstep.profile.nomenclature == model::Nomenclature::linux_3x;
  const SingleRun run =
      alone ? run_model_alone(options.path, lockstep) : run_single(options.path, lockstep);
  ReportContext context = report_context(lockstep, use_colour(options.colour));
  if (alone) context.speakers = Speakers::model_alone;
  write_stdout(explain(run.scenario, run.outcome, context));
  return exit_code(run.outcome.verdict);
}

}  // namespace

void add_explain(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = program.add_subcommand(
      "explain", "Show what happens to each packet hook by hook, even when both sides agree");
  command->add_option("FILE", options->path, "A scenario (.nat)")->required();
  add_lockstep_options(*command, options->lockstep);
  add_kernel_option(*command, options->kernel);
  add_colour_option(*command, options->colour);
  command->footer(
      "Examples:\n"
      "  natstep explain corpus/dnat/udp_9999_to_laptop.nat\n"
      "  natstep explain --profile linux-3.x corpus/dnat/udp_9999_to_laptop.nat\n"
      "                     the model alone, under the names that books of that time use\n");
  command->callback([&chosen, options] {
    chosen = [options] {
      return options->kernel.is_running() ? explain_file(*options)
                                     : run_this_inside(options->kernel, {options->path});
    };
  });
}

}  // namespace natstep::harness
