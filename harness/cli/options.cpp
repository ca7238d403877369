// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/options.h"

#include "harness/cli/exit_code.h"
#include "harness/cli/probe.h"
#include "harness/cli/runner.h"
#include "harness/lockstep/this_kernel.h"
#include "harness/scenario/suggest.h"
#include "netns/kernel_dut.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace natstep::harness {

model::Profile profile_named(const std::string& name) {
  if (auto found = model::find_profile(name)) return *found;
  // A release of a stable series has features of its own.
  if (std::ranges::count(name, '.') == 2 && name.front() >= '0' && name.front() <= '9')
    return model::profile_for_release(name);
  std::vector<std::string_view> names;
  std::ranges::transform(model::profiles(), std::back_inserter(names), &model::Profile::name);
  throw UsageError(fmt::format("--profile: no profile `{}`{}; there are {}", name,
                               did_you_mean(name, names), fmt::join(names, ", ")));
}

namespace {

model::Clause clause_named(const std::string& id) {
  if (const auto found = model::find_clause(id)) return *found;
  std::vector<std::string_view> ids;
  std::ranges::transform(model::clauses(), std::back_inserter(ids), &model::ClauseInfo::id);
  throw UsageError(fmt::format("--break: no clause `{}`{}; `natstep clauses` lists them", id,
                               did_you_mean(id, ids)));
}

/// One word out of a few, with a guess when it is none of them.
template <typename Enum>
void add_word_option(CLI::App& command, const std::string& name, Enum& target,
                     std::map<std::string, Enum> words, const std::string& description) {
  std::vector<std::string> names;
  names.reserve(words.size());
  for (const auto& [word, value] : words)
    names.push_back(word);
  const auto set = [name, &target, words = std::move(words)](const std::string& word) {
    const auto found = words.find(word);
    if (found != words.end()) {
      target = found->second;
      return;
    }
    std::vector<std::string_view> known;
    for (const auto& [each, value] : words)
      known.push_back(each);
    throw UsageError(fmt::format("{}: unknown word `{}`{}; there are {}", name, word,
                                 did_you_mean(word, known), fmt::join(known, ", ")));
  };
  command.add_option_function<std::string>(name, set, description)
      ->type_name(fmt::format("{}", fmt::join(names, "|")));
}

}  // namespace

LockstepOptions LockstepChoice::options() const {
  LockstepOptions options;
  options.profile =
      profile ? *profile
              : as_configured_here(model::profile_for_release(netns::running_kernel().release));
  if (probe_profile)
    options.profile = with_values(options.profile, probe_features(options.profile, usable_cpus()));
  options.broken = broken;
  options.scapy_witness = scapy_witness;
  return options;
}

std::size_t RunOptions::usable_jobs() const {
  return jobs == 0 ? usable_cpus() : jobs;
}

void add_profile_option(CLI::App& command, LockstepChoice& choice) {
  command
      .add_option_function<std::string>(
          "--profile",
          [&choice](const std::string& name) {
            choice.probe_profile = name == "probed";
            if (choice.probe_profile) return;
            choice.profile = profile_named(name);
            if (!model::find_profile(name)) choice.profile = as_configured_here(*choice.profile);
          },
          "Kernel version that the model plays, or `probed` (default: the running kernel's)")
      ->type_name("NAME");
}

void add_lockstep_options(CLI::App& command, LockstepChoice& choice) {
  add_profile_option(command, choice);
  command
      .add_option_function<std::string>(
          "--break", [&choice](const std::string& id) { choice.broken = clause_named(id); },
          "Replace one clause of the model by its deliberate defect: the run should diverge")
      ->type_name("CLAUSE");
  const auto set_witness = [&choice](const std::string& name) {
    if (name != "scapy")
      throw UsageError(fmt::format("--witness: unknown witness `{}`; there is scapy", name));
    choice.scapy_witness = true;
  };
  command
      .add_option_function<std::string>("--witness", set_witness,
                                        "Let a second implementation rebuild every packet")
      ->type_name("scapy");
}

void add_format_option(CLI::App& command, Format& format, std::vector<std::string> allowed) {
  std::map<std::string, Format> words{{"text", Format::text},
                                      {"json", Format::json},
                                      {"ktap", Format::ktap},
                                      {"junit", Format::junit},
                                      {"html", Format::html}};
  std::erase_if(words, [&](const auto& word) {
    return std::ranges::find(allowed, word.first) == allowed.end();
  });
  add_word_option(command, "--format", format, std::move(words), "Form of the result on stdout");
}

void add_colour_option(CLI::App& command, ColourWhen& colour) {
  add_word_option(command, "--colour", colour,
                  {{"auto", ColourWhen::automatic},
                   {"always", ColourWhen::always},
                   {"never", ColourWhen::never}},
                  "Colour (default: on a terminal, unless NO_COLOR is set)");
}

void add_kernel_option(CLI::App& command, KernelChoice& kernel) {
  CLI::Option* name =
      command
          .add_option(
              "--kernel", kernel.name,
              "Run on another kernel, in guests: one that `natstep kernels` lists or Debian "
              "packages (default: the running kernel)")
          ->type_name("WHICH");
  command
      .add_option("--boot-option", kernel.boot_options,
                  "A word more on that kernel's command line, such as init_on_alloc=0 (repeatable)")
      ->type_name("WORD")
      ->allow_extra_args(false)
      ->needs(name);
}

void add_jobs_option(CLI::App& command, std::size_t& jobs) {
  command.add_option("--jobs,-j", jobs, "Scenarios run at the same time (default: one a CPU)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
}

void add_filter_option(CLI::App& command, std::string& filter) {
  command
      .add_option("--filter", filter,
                  "Only scenarios in whose path this regular expression is found")
      ->type_name("REGEX");
}

void add_run_options(CLI::App& command, RunOptions& options) {
  add_filter_option(command, options.filter);
  add_jobs_option(command, options.jobs);
  add_format_option(command, options.format, {"text", "json", "ktap", "junit"});
  command
      .add_option("--out", options.out,
                  "Folder for summary.json and the artefacts of diverged scenarios (default: "
                  "artefacts in out/)")
      ->type_name("DIR");
  command.add_flag("--no-minimise{false}", options.minimise,
                   "Report a diverged scenario as it is, not the smallest that still diverges");
  add_lockstep_options(command, options.lockstep);
  add_kernel_option(command, options.kernel);
  command
      .add_option(
          "--crash-guest-at", options.kernel.crash_at,
          "Make that kernel crash where it should play the scenarios with this in their path")
      ->type_name("PATH")
      ->needs(command.get_option("--kernel"));
  add_colour_option(command, options.colour);
}

bool use_colour(ColourWhen when) {
  if (when != ColourWhen::automatic) return when == ColourWhen::always;
  const char* refused = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0');
}

}  // namespace natstep::harness
