// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/command.h"

#include "netns/error.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

std::string located(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const std::string found = netns::find_program(program);
  if (found.empty())
    netns::throw_missing(fmt::format("{} is not installed", program),
                         "natstep needs it to get or run other kernels");
  return found;
}

}  // namespace

CommandResult run_command(std::vector<std::string> words, std::vector<std::string> environment,
                          const std::string& folder) {
  const std::string program = located(words.front());
  words.erase(words.begin());
  return netns::run_child(program, std::move(words), "", std::move(environment), folder);
}

std::string output_of(const std::vector<std::string>& words) {
  CommandResult result = run_command(words);
  if (result.exit_status == 0) return std::move(result.output);
  netns::throw_failed(fmt::format("{} failed with status {}: {}", fmt::join(words, " "),
                                  result.exit_status, result.errors));
}

}  // namespace natstep::harness
