// SPDX-License-Identifier: GPL-2.0-or-later
// Files to scenarios, and what is said about those that are none.
#include "harness/scenario/scenario_text.h"
#include "harness/sweeps/sweep.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::uintmax_t largest_file = 1 << 20;  // bytes

tl::unexpected<Diagnostic> refuse(const std::filesystem::path& path, std::string message,
                                  std::string hint = {}) {
  return tl::unexpected(Diagnostic{.path = path.string(),
                                   .pos = {},
                                   .message = std::move(message),
                                   .hint = std::move(hint),
                                   .source_line = {}});
}

tl::expected<void, Diagnostic> check_kind(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found)
    return refuse(path, "there is no such file");
  if (error) return refuse(path, fmt::format("cannot be read: {}", error.message()));
  if (std::filesystem::is_directory(status))
    return refuse(path, "this is a directory", "`natstep check` runs directories");
  if (!std::filesystem::is_regular_file(status)) return refuse(path, "this is not a regular file");
  const auto size = std::filesystem::file_size(path, error);
  if (!error && size > largest_file) {
    return refuse(path, fmt::format("{} bytes are too many for a scenario", size),
                  "the limit is 1 MiB");
  }
  return {};
}

/// The line with everything but tabs replaced by blanks, so that a caret below stands where it
/// should.
std::string indent_like(std::string_view line, std::size_t columns) {
  std::string indent;
  for (std::size_t at = 0; at < columns; ++at)
    indent += at < line.size() && line[at] == '\t' ? '\t' : ' ';
  return indent;
}

tl::expected<Scenario, Diagnostic> load_sweep_case(const std::filesystem::path& path) {
  const auto text = sweep_text(path.native());
  if (!text)
    return refuse(path, "no sweep has this case", "`natstep check --sweeps` runs them all");
  return parse_scenario(*text, path.string());
}

}  // namespace

tl::expected<Scenario, Diagnostic> load_scenario(const std::filesystem::path& path) {
  if (is_sweep_path(path.native())) return load_sweep_case(path);
  if (auto kind = check_kind(path); !kind) return tl::unexpected(kind.error());
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return refuse(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return refuse(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  return parse_scenario(text, path.string());
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string out = diagnostic.path;
  if (diagnostic.pos.line > 0) out += fmt::format(":{}", diagnostic.pos.line);
  if (diagnostic.pos.line > 0 && diagnostic.pos.column > 0)
    out += fmt::format(":{}", diagnostic.pos.column);
  out += ": " + diagnostic.message;
  if (!diagnostic.hint.empty()) out += ", " + diagnostic.hint;
  if (diagnostic.source_line.empty()) return out;
  out += "\n  " + diagnostic.source_line;
  if (diagnostic.pos.column <= 0) return out;
  const auto columns = static_cast<std::size_t>(diagnostic.pos.column - 1);
  return out + "\n  " + indent_like(diagnostic.source_line, columns) + "^";
}

}  // namespace natstep::harness
