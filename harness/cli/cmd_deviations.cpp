// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/run_scenarios.h"
#include "harness/report/deviations.h"
#include "harness/report/output.h"

#include <algorithm>
#include <memory>

namespace natstep::harness {
namespace {

/// A deviation that nothing shows is a claim without evidence.
int exit_status_of(const std::vector<KnownDeviation>& known, const Summary& summary) {
  const bool all_shown = std::ranges::all_of(
      known, [](const KnownDeviation& each) { return each.state == KnownDeviation::State::shown; });
  const int run = summary.exit_status();
  return all_shown ? run : worse(run, exit_status::diverged);
}

int list_deviations(const RunOptions& options) {
  const Summary summary = run_for_table(options);
  if (summary.interrupted) return exit_status::interrupted;
  const auto known = known_deviations(summary);
  write_stdout(options.format == Format::json ? deviations_json(known, summary)
                                              : deviations_text(known, summary));
  return exit_status_of(known, summary);
}

}  // namespace

void add_deviations(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = program.add_subcommand("deviations",
                                             "List where this kernel breaks an RFC or plain "
                                             "arithmetic, with the shortest scenario of each");
  command->add_option("PATH", options->paths,
                      "Scenarios (.nat) or folders of them (default: the corpus)");
  add_filter_option(*command, options->filter);
  add_jobs_option(*command, options->jobs);
  add_kernel_option(*command, options->kernel);
  add_format_option(*command, options->format, {"text", "json"});
  command->footer(
      "Examples:\n"
      "  natstep deviations                     a list of things to put right\n"
      "  natstep deviations --format json | jq '.deviations[] | select(.law == \"\") | .id'\n"
      "                                         those that no law of natstep notices\n"
      "Exit status 1 also when a deviation is shown by no scenario.\n");
  command->callback(
      [&chosen, options] { chosen = [options] { return list_deviations(*options); }; });
}

}  // namespace natstep::harness
