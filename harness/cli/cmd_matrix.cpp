// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/run_scenarios.h"
#include "harness/cli/select.h"
#include "harness/fleet/guest_worker.h"
#include "harness/fleet/kernel_store.h"
#include "harness/fleet/matrix.h"
#include "harness/fleet/matrix_run.h"
#include "harness/report/output.h"
#include "harness/scenario/scenario_text.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

struct MatrixOptions {
  RunOptions run;
  std::vector<std::string> kernels;
  bool kernel_vs_kernel = false;
  std::string format = "text";
};

std::vector<std::string> kernels_of(const MatrixOptions& options) {
  if (!options.kernels.empty()) return options.kernels;
  std::vector<std::string> names;
  for (const Kernel& kernel : KernelStore().list())
    names.push_back(kernel.name);
  if (names.size() < 2)
    throw UsageError(
        "matrix: fewer than two kernels are cached; name some with --kernels 6.1.192,6.12.117 or "
        "`natstep kernels fetch`");
  return names;
}

JobOptions job_for(const MatrixOptions& options, const std::string& kernel) {
  RunOptions run = options.run;
  run.kernel.name = kernel;
  JobOptions job = job_options(run);
  job.minimise = false;
  job.out.clear();
  job.watch = options.kernel_vs_kernel ? Watch::kernel_alone : Watch::lockstep;
  return job;
}

/// What the same kernels do when they are asked once more.
void look_again(std::vector<MatrixColumn>& columns, const std::vector<JobOptions>& each,
                std::size_t jobs) {
  const std::vector<std::vector<std::string>> paths = worth_another_look(columns);
  std::vector<KernelRun> runs;
  std::vector<MatrixColumn*> looked_at;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (paths[i].empty()) continue;
    KernelRun& run = runs.emplace_back(KernelRun{.job = each[i], .files = {}, .round = 1});
    for (const std::string& path : paths[i])
      run.files.push_back({.path = path, .area = area_of(path)});
    looked_at.push_back(&columns[i]);
  }
  const std::vector<Summary> summaries = run_on_kernels(runs, jobs);
  for (std::size_t i = 0; i < summaries.size(); ++i)
    for (const Result& result : summaries[i].results)
      looked_at[i]->again[result.path] = decode_behaviour(result.behaviour);
}

std::vector<const model::Feature*> features_of(const std::string& path, const Scenario& scenario) {
  std::vector<const model::Feature*> about;
  for (const std::string& word : scenario.pins_need)
    if (const auto need = model::parse_feature_need(word)) about.push_back(need->feature);
  const std::string stem = std::filesystem::path(path).stem();
  for (const model::Feature& feature : model::features())
    if (feature.probe == stem) about.push_back(&feature);
  return about;
}

std::map<std::string, ScenarioNotes> notes_of(const std::vector<ScenarioFile>& files) {
  std::map<std::string, ScenarioNotes> notes;
  for (const ScenarioFile& file : files) {
    const auto scenario = load_scenario(file.path);
    if (!scenario) continue;
    std::string claim = scenario->reason;
    std::ranges::replace(claim, '\n', ' ');
    notes[file.path] = {.claim = claim.substr(0, claim.find(". ")),
                        .features = features_of(file.path, *scenario)};
  }
  return notes;
}

std::string print(const Matrix& matrix, const std::string& format) {
  if (format == "json") return matrix_json(matrix);
  if (format == "html") return matrix_html(matrix);
  return matrix_text(matrix);
}

/// Diverged and broken are what a matrix is looked at for; all else is how kernels are.
int exit_status_of(const Matrix& matrix) {
  int status = exit_status::agreed;
  for (const MatrixColumn& column : matrix.columns)
    for (const Result& result : column.summary.results)
      if (result.verdict == Verdict::diverged || result.verdict == Verdict::broken)
        status = worse(status, exit_code(result.verdict));
  return status;
}

void ask_about(const std::vector<const model::Feature*>& features, JobOptions& job) {
  for (const model::Feature* feature : features)
    if (std::ranges::find(job.lockstep.asked, feature) == job.lockstep.asked.end())
      job.lockstep.asked.push_back(feature);
}

/// Each column's job; fetches kernels that are not cached.
std::vector<JobOptions> jobs_of(const MatrixOptions& options) {
  std::vector<JobOptions> each;
  for (const std::string& kernel : kernels_of(options))
    each.push_back(job_for(options, kernel));
  for (std::size_t i = 0; i + 1 < each.size(); ++i) {
    const auto parting =
        model::features_between(each[i].lockstep.profile, each[i + 1].lockstep.profile);
    ask_about(parting, each[i]);
    ask_about(parting, each[i + 1]);
  }
  return each;
}

int show_matrix(const MatrixOptions& options) {
  const std::vector<ScenarioFile> files = select_scenarios(options.run.paths, options.run.filter);
  const std::size_t jobs = options.run.usable_jobs();
  const std::vector<JobOptions> each = jobs_of(options);
  std::vector<KernelRun> runs;
  for (const JobOptions& job : each)
    runs.push_back({.job = job, .files = files});
  std::vector<Summary> summaries = run_on_kernels(runs, jobs);
  if (summaries.front().interrupted) return exit_status::interrupted;
  std::vector<MatrixColumn> columns;
  for (std::size_t i = 0; i < each.size(); ++i)
    columns.push_back({.kernel = each[i].guest->kernel.name,
                       .profile = each[i].lockstep.profile,
                       .summary = std::move(summaries[i]),
                       .again = {}});
  look_again(columns, each, jobs);
  const std::vector<std::string> refused = refused_everywhere(columns);
  const Matrix matrix = make_matrix(std::move(columns), notes_of(files));
  write_stdout(print(matrix, options.format));
  for (const std::string& diagnostic : refused)
    fmt::print(stderr, "{}\n", diagnostic);
  return refused.empty() ? exit_status_of(matrix)
                         : worse(exit_status_of(matrix), exit_status::usage);
}

}  // namespace

void add_matrix(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<MatrixOptions>();
  CLI::App* command = program.add_subcommand(
      "matrix", "Run scenarios on many kernels, and tell what changes from one to the next");
  command->add_option("PATH", options->run.paths,
                      "Scenarios (.nat) or folders of them (default: the corpus)");
  command
      ->add_option("--kernels", options->kernels,
                   "Kernels in the order in which they are compared (default: all that are cached)")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false);  // what follows is a PATH
  command->add_flag("--kernel-vs-kernel", options->kernel_vs_kernel,
                    "Leave the model out: compare neighbours byte by byte, whatever they do");
  command->add_option("--format", options->format, "Form of the result on stdout")
      ->type_name("text|json|html")
      ->check(CLI::IsMember({"text", "json", "html"}));
  add_filter_option(*command, options->run.filter);
  add_jobs_option(*command, options->run.jobs);
  command->footer(
      "Examples:\n"
      "  natstep matrix --kernels 5.10.262,6.1.192,6.12.117,7.3.4 corpus/tcp\n"
      "  natstep matrix --kernel-vs-kernel --kernels 6.12.116,6.12.117 --format html > x.html\n");
  command->callback([&chosen, options] { chosen = [options] { return show_matrix(*options); }; });
}

}  // namespace natstep::harness
