// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/clause_use.h"
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/run_scenarios.h"
#include "harness/report/missing.h"
#include "harness/report/output.h"
#include "harness/report/profile_report.h"
#include "harness/report/verdict_words.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

struct ClausesOptions {
  RunOptions run;
  bool no_run = false;
  bool breaks = false;
  bool missing = false;
  std::vector<std::string> diff;  // two profiles
};

std::string_view conformance_of(const model::ClauseInfo& info) {
  return info.conformance == model::Conformance::honours ? "honours" : "deviates";
}

std::string clauses_text(const std::vector<ClauseUse>& uses, bool counted_uses) {
  std::string out;
  std::string_view area;
  for (const ClauseUse& use : uses) {
    const model::ClauseInfo& info = model::info(use.clause);
    if (std::exchange(area, info.area) != info.area)
      fmt::format_to(std::back_inserter(out), "{}\n", info.area);
    const std::string reached =
        counted_uses ? fmt::format("reached by {}", counted(use.reached_by.size(), "scenario"))
                     : "";
    fmt::format_to(std::back_inserter(out), "  {:<44}  {}\n", info.id, reached);
    fmt::format_to(std::back_inserter(out), "      \"{}\"\n", info.sentence);
    fmt::format_to(std::back_inserter(out), "      basis {}{}\n      kernel {}\n\n", info.basis,
                   info.conformance == model::Conformance::deviates ? " (deviates)" : "",
                   info.kernel);
  }
  return out;
}

std::string never_reached_text(const std::vector<ClauseUse>& uses) {
  std::string out;
  std::size_t reached = 0;
  for (const ClauseUse& use : uses) {
    if (use.reached_by.empty())
      fmt::format_to(std::back_inserter(out), "never reached  {}\n", model::info(use.clause).id);
    else
      ++reached;
  }
  return out + fmt::format("{}, {} of them reached by the scenarios\n",
                           counted(uses.size(), "clause"), reached);
}

std::string clauses_json(const std::vector<ClauseUse>& uses, bool counted_uses) {
  auto list = nlohmann::ordered_json::array();
  for (const ClauseUse& use : uses) {
    const model::ClauseInfo& info = model::info(use.clause);
    list.push_back({{"id", info.id},
                    {"area", info.area},
                    {"sentence", info.sentence},
                    {"basis", info.basis},
                    {"kernel", info.kernel},
                    {"conformance", conformance_of(info)}});
    if (counted_uses) list.back()["scenarios"] = use.reached_by.size();
  }
  return nlohmann::ordered_json{{"clauses", list}}.dump(2) + "\n";
}

// ---- --check-breaks ----

constexpr std::array<std::string_view, 5> break_words{"caught", "NOT CAUGHT", "NOT REACHED",
                                                      "elsewhere", "not run"};

std::string breaks_text(const std::vector<BreakCheck>& checks) {
  std::string out;
  for (const BreakCheck& check : checks) {
    const std::string_view word = break_words[static_cast<std::size_t>(check.result)];
    const std::string where =
        check.result == BreakCheck::Result::not_caught
            ? fmt::format("by any of {} that reach it", counted(check.tried, "scenario"))
            : check.path;
    fmt::format_to(std::back_inserter(out), "{:<11}  {:<44}  {}\n", word,
                   model::info(check.clause).id, where);
  }
  const auto caught = std::ranges::count(checks, BreakCheck::Result::caught, &BreakCheck::result);
  out += fmt::format("{} of {} caught", caught, counted(checks.size(), "broken clause"));
  const auto elsewhere =
      std::ranges::count(checks, BreakCheck::Result::elsewhere, &BreakCheck::result);
  if (elsewhere > 0) out += fmt::format(", {} to be caught on other kernels", elsewhere);
  return out + "\n";
}

std::string breaks_json(const std::vector<BreakCheck>& checks) {
  auto list = nlohmann::ordered_json::array();
  for (const BreakCheck& check : checks)
    list.push_back({{"id", model::info(check.clause).id},
                    {"caught", check.result == BreakCheck::Result::caught},
                    {"result", break_words[static_cast<std::size_t>(check.result)]},
                    {"tried", check.tried},
                    {"scenario", check.path}});
  return nlohmann::ordered_json{{"breaks", list}}.dump(2) + "\n";
}

int exit_status_of(const std::vector<BreakCheck>& checks) {
  const auto all = [&](BreakCheck::Result result) {
    return std::ranges::count(checks, result, &BreakCheck::result);
  };
  if (all(BreakCheck::Result::interrupted) > 0) return exit_status::interrupted;
  const auto settled = all(BreakCheck::Result::caught) + all(BreakCheck::Result::elsewhere);
  return settled == std::ssize(checks) ? exit_status::agreed : exit_status::diverged;
}

int list_missing(const ClausesOptions& options) {
  write_stdout(options.run.format == Format::json ? missing_json() : missing_text());
  return exit_status::agreed;
}

int list_differences(const ClausesOptions& options) {
  const model::Profile from = profile_named(options.diff.at(0));
  const model::Profile to = profile_named(options.diff.at(1));
  write_stdout(options.run.format == Format::json ? diff_json(from, to) : diff_text(from, to));
  return exit_status::agreed;
}

int list_clauses(const ClausesOptions& options) {
  if (options.missing) return list_missing(options);
  if (!options.diff.empty()) return list_differences(options);
  Summary summary;
  JobOptions job;
  if (!options.no_run) {
    job = job_options(options.run);
    summary = run_for_table(options.run);
  }
  if (summary.interrupted) return exit_status::interrupted;
  const std::vector<ClauseUse> uses = clause_use(summary);
  const bool json = options.run.format == Format::json;
  if (options.breaks) {
    const auto checks = check_breaks(summary, uses, job, options.run.usable_jobs());
    write_stdout(json ? breaks_json(checks) : breaks_text(checks));
    return exit_status_of(checks);
  }
  if (json)
    write_stdout(clauses_json(uses, !options.no_run));
  else
    write_stdout(clauses_text(uses, !options.no_run) +
                 (options.no_run ? "" : never_reached_text(uses)));
  return exit_status::agreed;
}

}  // namespace

void add_clauses(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<ClausesOptions>();
  CLI::App* command = program.add_subcommand(
      "clauses", "List what the model claims, why, and how often the corpus reaches it");
  command->add_option("PATH", options->run.paths,
                      "Scenarios (.nat) or folders of them (default: the corpus)");
  CLI::Option* no_run = command->add_flag("--no-run", options->no_run, "Only list; run nothing");
  command
      ->add_flag("--check-breaks", options->breaks,
                 "Replace each clause by its deliberate defect: some scenario must notice. Exit "
                 "status 1 when none does, unless the scenario of its name is for other kernels")
      ->excludes(no_run);
  command->add_flag("--missing", options->missing,
                    "List what of Linux the model leaves out, and why; run nothing");
  command
      ->add_option("--diff", options->diff,
                   "What packets meet otherwise in the second profile than in the first, and which "
                   "clauses it concerns; run nothing")
      ->expected(2)
      ->type_name("FROM TO");
  add_filter_option(*command, options->run.filter);
  add_jobs_option(*command, options->run.jobs);
  add_format_option(*command, options->run.format, {"text", "json"});
  command->footer(
      "Examples:\n"
      "  natstep clauses --no-run | grep -A3 checksum\n"
      "  natstep clauses --check-breaks    is every clause of the model held by the corpus?\n"
      "  natstep clauses --missing         what makes a run inconclusive\n"
      "  natstep clauses --diff 6.1 7.2    what an upgrade changes for packets\n");
  command->callback([&chosen, options] { chosen = [options] { return list_clauses(*options); }; });
}

}  // namespace natstep::harness
