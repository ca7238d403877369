// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/output.h"

#include "harness/cli/descriptor.h"
#include "netns/dut.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

/// errno of the first write that failed.
std::optional<int> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return std::nullopt;
}

/// mkstemp makes files private; a result has the mode that any other new file would have.
mode_t mode_of_new_file() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

void write_stdout(std::string_view text) {
  std::fflush(stdout);
  if (const auto error = write_all(STDOUT_FILENO, text); error && *error != EPIPE)
    fail_writing("standard output", *error);
}

void write_file(const fs::path& path, std::string_view text) {
  std::string temporary = path.native() + ".XXXXXX";
  Descriptor file(::mkstemp(temporary.data()));
  if (!file) fail_writing(path, errno);
  auto error = write_all(file.get(), text);
  if (!error && ::fchmod(file.get(), mode_of_new_file()) != 0) error = errno;
  if (!error && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (!error) return;
  ::unlink(temporary.c_str());
  fail_writing(path, *error);
}

void write_whole(int fd, std::string_view text, const fs::path& path) {
  if (const auto error = write_all(fd, text)) fail_writing(path, *error);
}

void fail_writing(const fs::path& path, int error) {
  throw netns::EnvironmentError(
      netns::EnvironmentError::Kind::failed,
      fmt::format("{}: {}", path.native(), std::generic_category().message(error)));
}

void prepare_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail_writing(folder, error.value());
  if (!fs::is_directory(folder)) fail_writing(folder, ENOTDIR);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) fail_writing(folder, errno);
}

}  // namespace natstep::harness
