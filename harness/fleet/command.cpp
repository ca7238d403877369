// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/command.h"

#include "harness/cli/descriptor.h"
#include "netns/child.h"
#include "netns/dut.h"
#include "netns/error.h"

#include <array>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

std::string content_of(int file) {
  std::string content;
  std::array<char, 65536> piece{};
  ssize_t size = 0;
  for (off_t at = 0; (size = ::pread(file, piece.data(), piece.size(), at)) > 0; at += size)
    content.append(piece.data(), static_cast<std::size_t>(size));
  return content;
}

[[noreturn]] void become(const std::string& program, std::vector<std::string> words, int out,
                         int errors) {
  ::dup2(out, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  ::_exit(127);
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) netns::throw_failed("waitpid", errno);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string located(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const std::string found = netns::find_program(program);
  if (found.empty())
    netns::throw_missing(fmt::format("{} is not installed", program),
                         "natstep needs it to get or run other kernels");
  return found;
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& words,
                          const std::vector<std::string>& environment, const std::string& folder) {
  const std::string program = located(words.front());
  const netns::UniqueFd out = netns::memory_file("");
  const netns::UniqueFd errors = netns::memory_file("");
  const pid_t child = ::fork();
  if (child < 0) netns::throw_failed("fork", errno);
  if (child == 0) {
    if (!folder.empty() && ::chdir(folder.c_str()) != 0) ::_exit(127);
    for (const std::string& entry : environment) {
      const auto equals = entry.find('=');
      ::setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
    }
    become(program, words, out.get(), errors.get());
  }
  const int status = wait_for(child);
  return {.status = status, .out = content_of(out.get()), .errors = content_of(errors.get())};
}

std::string output_of(const std::vector<std::string>& words) {
  CommandResult result = run_command(words);
  if (result.status == 0) return std::move(result.out);
  netns::throw_failed(fmt::format("{} failed with status {}: {}", fmt::join(words, " "),
                                  result.status, result.errors));
}

}  // namespace natstep::harness
