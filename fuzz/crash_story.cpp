// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/crash_story.h"

#include "fuzz/retell.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/scenario_job.h"
#include "harness/finding/durable.h"
#include "harness/finding/finding_files.h"
#include "harness/fleet/file.h"
#include "harness/scenario/scenario_text.h"
#include "netns/error.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace natstep::fuzz {
namespace {

namespace fs = std::filesystem;

/// For what takes milliseconds.
constexpr unsigned most_seconds = 20;

Program program_in(const fs::path& folder) {
  const std::string bytes = harness::content_of(folder / "program");
  return decode(wire::Bytes(bytes.begin(), bytes.end()));
}

/// "kernel: oops nf_nat_setup_info", "natstep: Segmentation fault".
std::string trouble_of(const fs::path& folder) {
  const std::string text = harness::content_of(folder / "trouble.txt");
  const std::string line = text.substr(0, text.find('\n'));
  return line.starts_with("natstep") ? line : "kernel: " + line;
}

/// The scenario comes last: with it a crash is told.
void write_files(const fs::path& folder, std::vector<harness::FileOfFinding> files) {
  std::ranges::stable_partition(
      files, [](const harness::FileOfFinding& file) { return file.name != "scenario.nat"; });
  for (const auto& file : files)
    harness::write_durably(folder / file.name, file.content);
}

/// Reports name the lines that the scenario's steps stand in.
void place_records(Retold& retold) {
  const auto read = harness::parse_scenario(harness::print_scenario(retold.scenario), "");
  auto& records = retold.outcome.steps;
  for (std::size_t i = 0; read && i < std::min(records.size(), read->steps.size()); ++i)
    records[i].pos = read->steps[i].stimulus.pos;
}

void tell(const fs::path& folder, std::size_t asked, const harness::LockstepOptions& options) {
  auto retold = retell(program_in(folder), options, asked);
  if (!retold) return give_up_telling(folder, retold.error());
  const std::string trouble = trouble_of(folder);
  retold->scenario.path = "scenario.nat";
  retold->scenario.reason = fmt::format("Where this was played it ended with {}.", trouble);
  retold->outcome.reason = trouble;
  place_records(*retold);
  write_files(folder, harness::files_of_death(retold->scenario, retold->outcome,
                                              harness::report_context(options, false)));
}

[[noreturn]] void be_teller(const fs::path& folder, std::size_t asked,
                            const harness::LockstepOptions& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::alarm(most_seconds);
  int status = 0;
  try {
    tell(folder, asked, options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "natstep: {}: {}\n", folder.native(), error.what());
    status = harness::exit_status::failed;
  }
  std::fflush(stderr);
  ::_exit(status);
}

/// In a process of its own, since natstep may die of this program. False when it did.
bool outlives(const fs::path& folder, std::size_t asked, const harness::LockstepOptions& options) {
  const pid_t child = ::fork();
  if (child < 0) netns::throw_failed("no process to tell a crash");
  if (child == 0) be_teller(folder, asked, options);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
    netns::throw_failed(fmt::format("{} has no scenario", folder.native()));
  return WIFEXITED(status);
}

}  // namespace

std::vector<fs::path> untold_crashes(const fs::path& out) {
  std::vector<fs::path> folders;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(out / "crashes", absent)) {
    const fs::path& folder = entry.path();
    const bool told = fs::exists(folder / "scenario.nat") || fs::exists(folder / "scenario.txt");
    if (!told && fs::exists(folder / "program")) folders.push_back(folder);
  }
  std::ranges::sort(folders);
  return folders;
}

void tell_crash(const fs::path& folder, const harness::LockstepOptions& options) {
  for (std::size_t asked = program_in(folder).ops.size() + 1; asked-- > 0;)
    if (outlives(folder, asked, options)) return;
  give_up_telling(folder, "natstep dies of the box itself");
}

void give_up_telling(const fs::path& folder, std::string_view why) {
  harness::write_durably(folder / "scenario.txt", fmt::format("There is no scenario: {}.\n", why));
}

}  // namespace natstep::fuzz
