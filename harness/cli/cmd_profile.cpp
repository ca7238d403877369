// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/probe.h"
#include "harness/cli/scenario_job.h"
#include "harness/report/output.h"
#include "harness/report/profile_report.h"

#include <memory>
#include <vector>

namespace natstep::harness {
namespace {

struct ProfileOptions {
  RunOptions run;
  bool no_probe = false;
};

int show(const ProfileOptions& options) {
  const model::Profile by_version = options.run.lockstep.options().profile;
  const std::vector<FeatureValue> values =
      options.no_probe ? features_by_version(by_version)
                       : probe_features(by_version, options.run.usable_jobs());
  const auto print = options.run.format == Format::json ? profile_json : profile_text;
  write_stdout(print(values, kernel_name(), by_version.name));
  return exit_status::agreed;
}

}  // namespace

void add_profile(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<ProfileOptions>();
  CLI::App* command = program.add_subcommand(
      "profile", "Show by which features this kernel differs from others, probing what can be");
  command->add_flag("--no-probe", options->no_probe, "Only what the version says; run nothing");
  add_profile_option(*command, options->run.lockstep);
  add_jobs_option(*command, options->run.jobs);
  add_format_option(*command, options->run.format, {"text", "json"});
  command->footer(
      "Examples:\n"
      "  natstep profile | grep -B2 'against what its version has'\n"
      "                                         what the distribution has brought in\n"
      "  natstep profile --no-probe --profile 5.10\n"
      "  natstep check --profile probed         the model as the probes have it\n");
  command->callback([&chosen, options] { chosen = [options] { return show(*options); }; });
}

}  // namespace natstep::harness
