// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/child.h"

#include "netns/error.h"

#include <array>
#include <cerrno>
#include <cstdlib>

#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace natstep::netns {
namespace {

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void redirect(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void enter(const std::string& folder) {
    ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (std::string& word : words)
    result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> with_ours(std::vector<std::string> environment) {
  for (char** entry = ::environ; *entry != nullptr; ++entry)
    environment.emplace_back(*entry);
  return environment;
}

std::string content_of(const UniqueFd& file) {
  std::string content;
  std::array<char, 4096> piece{};
  ssize_t size = 0;
  for (off_t at = 0; (size = ::pread(file.get(), piece.data(), piece.size(), at)) > 0; at += size) {
    content.append(piece.data(), static_cast<std::size_t>(size));
  }
  return content;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw_failed("waitpid", errno);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

UniqueFd memory_file(std::string_view content) {
  UniqueFd file(::memfd_create("natstep", MFD_CLOEXEC));
  const auto size = static_cast<ssize_t>(content.size());
  if (!file || ::pwrite(file.get(), content.data(), content.size(), 0) != size)
    throw_failed("memfd", errno);
  return file;
}

std::string find_program(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view places = path != nullptr ? path : "";
  const std::string all = std::string(places) + ":/usr/local/sbin:/usr/sbin:/sbin";
  for (places = all; !places.empty();) {
    const auto end = std::min(places.find(':'), places.size());
    std::string candidate = std::string(places.substr(0, end)) + "/" + program;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    places.remove_prefix(std::min(end + 1, places.size()));
  }
  return {};
}

ChildResult run_child(const std::string& path, std::vector<std::string> arguments,
                      std::string_view input, std::vector<std::string> environment,
                      const std::string& folder) {
  const UniqueFd in = memory_file(input);
  const UniqueFd errors = memory_file("");
  const UniqueFd output = memory_file("");
  FileActions actions;
  actions.redirect(in.get(), STDIN_FILENO);
  actions.redirect(output.get(), STDOUT_FILENO);
  actions.redirect(errors.get(), STDERR_FILENO);
  if (!folder.empty()) actions.enter(folder);
  arguments.insert(arguments.begin(), path);
  environment = with_ours(std::move(environment));
  pid_t child = 0;
  const int error = ::posix_spawn(&child, path.c_str(), actions.get(), nullptr,
                                  pointers(arguments).data(), pointers(environment).data());
  if (error != 0) throw_failed(path, error);
  const int exit_status = wait_for(child);
  return {.exit_status = exit_status, .output = content_of(output), .errors = content_of(errors)};
}

}  // namespace natstep::netns
