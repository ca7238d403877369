// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/campaign/progress_log.h"

#include "harness/cli/descriptor.h"
#include "netns/dut.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace natstep::harness {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* file_name = "progress.jsonl";

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw netns::EnvironmentError(
      netns::EnvironmentError::Kind::failed,
      fmt::format("{}: {}", path.native(), std::generic_category().message(errno)));
}

/// Whether somebody died in the middle of a line.
bool ends_in_half_a_line(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  return size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

ProgressLog::ProgressLog(const std::filesystem::path& directory) : path_(directory / file_name) {
  const Descriptor file(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
  if (!file) fail(path_);
}

void ProgressLog::append(const Moment& moment) {
  const Descriptor file(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
  if (!file) fail(path_);
  const std::string line = (ends_in_half_a_line(file.get()) ? "\n" : "") + to_line(moment);
  const ssize_t written = ::write(file.get(), line.data(), line.size());
  if (written < 0) fail(path_);
  if (static_cast<std::size_t>(written) == line.size()) return;
  errno = ENOSPC;  // write(2): fewer bytes than asked for is a disk that is full
  fail(path_);
}

std::vector<Moment> read_progress(const std::filesystem::path& directory) {
  std::ifstream file(directory / file_name);
  std::vector<Moment> moments;
  for (std::string line; std::getline(file, line);)
    if (const auto moment = parse_moment(line)) moments.push_back(*moment);
  return moments;
}

std::string to_line(const Moment& moment) {
  const ordered_json line{{"time_s", moment.time_s},
                          {"executions", moment.executions},
                          {"executions_per_s", moment.executions_per_s},
                          {"bare_per_s", moment.bare_per_s},
                          {"features", moment.features},
                          {"clauses_reached", moment.clauses_reached},
                          {"kernel_pcs", moment.kernel_pcs},
                          {"findings", moment.findings},
                          {"last_new_s", moment.last_new_s}};
  return line.dump() + "\n";
}

std::optional<Moment> parse_moment(std::string_view line) {
  const json j = json::parse(line, nullptr, false);
  if (!j.is_object() || !j.contains("time_s")) return std::nullopt;
  try {
    return Moment{.time_s = j.at("time_s"),
                  .executions = j.at("executions"),
                  .executions_per_s = j.value("executions_per_s", 0.0),
                  .bare_per_s = j.value("bare_per_s", 0.0),
                  .features = j.value("features", std::uint64_t{0}),
                  .clauses_reached = j.value("clauses_reached", std::uint64_t{0}),
                  .kernel_pcs = j.value("kernel_pcs", std::uint64_t{0}),
                  .findings = j.value("findings", std::uint64_t{0}),
                  .last_new_s = j.value("last_new_s", 0.0)};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace natstep::harness
