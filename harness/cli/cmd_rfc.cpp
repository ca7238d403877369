// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/run_scenarios.h"
#include "harness/report/output.h"
#include "harness/rfc/rfc_report.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

struct RfcOptions {
  RunOptions run;
  std::vector<unsigned> numbers;
};

std::vector<Rfc> chosen_rfcs(const std::vector<unsigned>& numbers) {
  if (numbers.empty()) return rfcs();
  std::vector<Rfc> chosen;
  for (const unsigned number : numbers) {
    const auto found = std::ranges::find(rfcs(), number, &Rfc::number);
    if (found == rfcs().end()) {
      std::vector<unsigned> known;
      std::ranges::transform(rfcs(), std::back_inserter(known), &Rfc::number);
      throw UsageError(fmt::format("RFC {} is none that natstep has read; there are {}", number,
                                   fmt::join(known, ", ")));
    }
    chosen.push_back(*found);
  }
  return chosen;
}

std::vector<ScenarioFile> files_of(const std::vector<Rfc>& chosen) {
  const auto names = scenarios_of(chosen);
  std::vector<ScenarioFile> files = select_scenarios({}, "");
  std::erase_if(files, [&](const ScenarioFile& file) {
    return !std::ranges::binary_search(names, scenario_name(file.path));
  });
  return files;
}

std::string print(const RfcReport& report, Format format) {
  if (format == Format::json) return rfc_json(report);
  if (format == Format::html) return rfc_html(report);
  return rfc_text(report);
}

int exit_status_of(const std::vector<Judgement>& judgements, const Summary& summary) {
  const bool undecided = std::ranges::any_of(
      judgements, [](const Judgement& each) { return each.conformity == Conformity::undecided; });
  const int run = summary.exit_status();
  return undecided && run == exit_status::agreed ? exit_status::inconclusive : run;
}

int show(const RfcOptions& options) {
  const std::vector<Rfc> chosen = chosen_rfcs(options.numbers);
  JobOptions job = job_options(options.run);
  job.out.clear();
  job.minimise = false;
  const Summary summary = run_scenarios(files_of(chosen), job, options.run.usable_jobs());
  if (summary.interrupted) return exit_status::interrupted;
  for (const std::string& diagnostic : summary.not_parsed)
    fmt::print(stderr, "{}\n", diagnostic);
  const std::vector<Judgement> judgements = judge(chosen, summary);
  write_stdout(
      print({.rfcs = chosen, .judgements = judgements, .summary = summary}, options.run.format));
  return exit_status_of(judgements, summary);
}

}  // namespace

void add_rfc(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<RfcOptions>();
  CLI::App* command = program.add_subcommand(
      "rfc", "Hold this kernel against the RFCs about NAT, requirement by requirement");
  command->add_option("RFC", options->numbers, "Numbers of RFCs (default: all that were read)");
  add_jobs_option(*command, options->run.jobs);
  add_kernel_option(*command, options->run.kernel);
  add_format_option(*command, options->run.format, {"text", "json", "html"});
  command->add_flag_callback(
      "--json", [options] { options->run.format = Format::json; }, "Short for --format json");
  command->add_flag_callback(
      "--html", [options] { options->run.format = Format::html; }, "Short for --format html");
  command->footer(
      "Each line begins with CONFORMS, DEVIATES, CONFIGURABLE (deviates as it comes, conforms "
      "with\n"
      "the rule that is named), UNDECIDED or UNTESTED (with the reason).\n"
      "Examples:\n"
      "  natstep rfc | grep ^DEVIATES           what no setting puts right\n"
      "  natstep rfc 4787 5382                  UDP and TCP\n"
      "  natstep rfc --html > rfc.html          one page for a browser\n"
      "Exit status 0 when every requirement has a verdict, a deviation being one.\n");
  command->callback([&chosen, options] { chosen = [options] { return show(*options); }; });
}

}  // namespace natstep::harness
