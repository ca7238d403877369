// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/cmd_corpus.h"

#include "fuzz/convert.h"
#include "fuzz/corpus_folder.h"
#include "fuzz/cover.h"
#include "fuzz/executor.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/select.h"
#include "harness/report/output.h"
#include "harness/scenario/scenario_text.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

namespace fs = std::filesystem;

struct CorpusOptions {
  std::string folder;             // minimize, or merge into
  std::vector<std::string> from;  // merge
  std::string out;                // export
  bool dry_run = false;
  harness::LockstepChoice lockstep;
};

/// A campaign's folder has its programs in corpus/; any other folder is one of programs.
fs::path programs_folder(const fs::path& path) {
  if (!fs::is_directory(path))
    throw harness::UsageError(fmt::format("{}: there is no such folder", path.native()));
  return fs::is_directory(path / "corpus") ? path / "corpus" : path;
}

bool has_scenarios(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".nat") return true;
  return false;
}

/// Scenarios that programs cannot say are left out.
std::vector<Program> programs_of_scenarios(const std::string& path) {
  std::vector<Program> programs;
  for (const auto& file : harness::select_scenarios({path}, {})) {
    const auto scenario = harness::load_scenario(file.path);
    if (!scenario) throw harness::UsageError(to_string(scenario.error()));
    if (auto program = program_of(*scenario)) programs.push_back(std::move(*program));
  }
  return programs;
}

/// Programs of a folder, or scenarios made into such.
std::vector<Program> programs_in(const std::string& path) {
  if (!fs::is_directory(path)) return programs_of_scenarios(path);
  const fs::path folder = programs_folder(path);
  if (has_scenarios(folder)) return programs_of_scenarios(folder);
  return CorpusFolder(folder).news();
}

/// What each program reaches when it is played: its clauses, and the features by which a campaign
/// keeps it.
std::vector<Reach> reach_of(Executor& executor, const std::vector<Program>& programs) {
  std::vector<Reach> reach;
  for (const Program& program : programs) {
    Features features;
    const Execution& execution = executor.run(program, features);
    Reach& each = reach.emplace_back(Reach{.features = {}, .size = encode(program).size()});
    if (execution.ending == Ending::unusable) continue;
    each.features.assign(features.numbers().begin(), features.numbers().end());
    for (std::size_t clause = 0; clause < execution.clauses.size(); ++clause)
      if (execution.clauses[clause])
        each.features.push_back(static_cast<std::uint32_t>(feature_count + clause));
  }
  return reach;
}

int minimize_corpus(const CorpusOptions& options) {
  const fs::path folder = programs_folder(options.folder);
  const auto programs = CorpusFolder(folder).news();
  Executor executor(options.lockstep.options());
  const auto kept = cover(reach_of(executor, programs));
  std::size_t next = 0;
  for (std::size_t i = 0; i < programs.size() && !options.dry_run; ++i) {
    if (next < kept.size() && kept[next] == i)
      ++next;
    else
      fs::remove(folder / name_of(programs[i]));
  }
  harness::write_stdout(fmt::format("{} of {} programs reach all that the whole reaches{}\n",
                                    kept.size(), programs.size(),
                                    options.dry_run ? "" : "; the others are removed"));
  return harness::exit_status::agreed;
}

int merge_corpora(const CorpusOptions& options) {
  fs::create_directories(options.folder);
  const fs::path folder = programs_folder(options.folder);
  CorpusFolder corpus(folder);
  std::vector<Program> more;
  for (const auto& from : options.from)
    for (Program& program : programs_in(from))
      more.push_back(std::move(program));
  Executor executor(options.lockstep.options());
  const auto known = reach_of(executor, corpus.news());
  const auto fresh = additions(known, reach_of(executor, more));
  for (const std::size_t i : fresh)
    if (!options.dry_run && !corpus.add(more[i]))
      throw netns::EnvironmentError(
          netns::EnvironmentError::Kind::failed,
          fmt::format("{}: a program cannot be written", folder.native()));
  harness::write_stdout(fmt::format("{} of {} programs reach something new{}\n", fresh.size(),
                                    more.size(), options.dry_run ? "" : " and are added"));
  return harness::exit_status::agreed;
}

/// Programs are played for that, as what the kernel chooses is part of a scenario. One that nobody
/// can play, or that the model does not follow to its end, tells nothing on another kernel either.
int export_corpus(const CorpusOptions& options) {
  const auto programs = CorpusFolder(programs_folder(options.folder)).news();
  const fs::path out = options.out;
  fs::create_directories(out);
  Executor executor(options.lockstep.options());
  std::size_t written = 0;
  for (const Program& program : programs) {
    Features features;
    const Ending ending = executor.run(program, features).ending;
    if (ending == Ending::unusable || ending == Ending::inconclusive) continue;
    harness::write_file(out / (name_of(program) + ".nat"), print_scenario(executor.scenario()));
    ++written;
  }
  harness::write_stdout(fmt::format("{} of {} programs are scenarios in {}\n", written,
                                    programs.size(), out.native()));
  return harness::exit_status::agreed;
}

void add_common(CLI::App& command, CorpusOptions& options) {
  command.add_flag("--dry-run", options.dry_run, "Change nothing, and tell what would be");
  harness::add_profile_option(command, options.lockstep);
}

}  // namespace

void add_corpus(CLI::App& program, harness::Command& chosen) {
  auto options = std::make_shared<CorpusOptions>();
  CLI::App* command = program.add_subcommand(
      "corpus", "Make a campaign's programs fewer, or bring several together");
  command->require_subcommand(1);
  CLI::App* minimize = command->add_subcommand(
      "minimize", "Remove programs whose clauses and features others reach as well");
  minimize->add_option("DIR", options->folder, "A campaign, or its corpus/")->required();
  add_common(*minimize, *options);
  minimize->callback(
      [&chosen, options] { chosen = [options] { return minimize_corpus(*options); }; });
  CLI::App* merge = command->add_subcommand(
      "merge", "Add those programs of others that reach something new, the shortest of each");
  merge->add_option("INTO", options->folder, "A campaign, or a folder of programs")->required();
  merge->add_option("FROM", options->from, "Campaigns, folders of programs, or scenarios (.nat)")
      ->required();
  add_common(*merge, *options);
  merge->callback([&chosen, options] { chosen = [options] { return merge_corpora(*options); }; });
  CLI::App* written = command->add_subcommand(
      "export", "Write the programs as scenarios, which any kernel can be checked with");
  written->add_option("DIR", options->folder, "A campaign, or its corpus/")->required();
  written->add_option("OUT", options->out, "Folder for the scenarios, one a program")->required();
  harness::add_profile_option(*written, options->lockstep);
  written->callback(
      [&chosen, options] { chosen = [options] { return export_corpus(*options); }; });
  command->footer(
      "Examples:\n"
      "  natstep corpus minimize out/fuzz\n"
      "  natstep corpus merge seeds corpus/ another/campaign\n"
      "  natstep corpus export out/fuzz scenarios && natstep check --kernel 7.3 scenarios\n");
}

}  // namespace natstep::fuzz
