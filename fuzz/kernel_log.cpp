// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/kernel_log.h"

#include "fuzz/corpus_folder.h"
#include "harness/scenario/scenario_block.h"
#include "netns/error.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace natstep::fuzz {
namespace {

constexpr std::string_view mark = "natstep plays ";
/// A line of the log holds less than 1,000 characters.
constexpr std::size_t bytes_in_a_line = 440;
constexpr std::size_t name_size = 16;

struct Piece {
  std::string_view name;
  std::size_t begin = 0;
  std::size_t whole = 0;
  wire::Bytes bytes{};
};

std::optional<std::size_t> number_before(char end, std::string_view& text) {
  std::size_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto size = static_cast<std::size_t>(stop - text.data());
  if (error != std::errc{} || size >= text.size() || *stop != end) return std::nullopt;
  text.remove_prefix(size + 1);
  return value;
}

wire::Bytes bytes_of(std::string_view hex) {
  wire::Bytes bytes{};
  for (std::size_t i = 0; i + 2 <= hex.size(); i += 2) {
    std::uint8_t byte = 0;
    if (std::from_chars(&hex[i], &hex[i] + 2, byte, 16).ptr != &hex[i] + 2) break;
    bytes.push_back(byte);
  }
  return bytes;
}

std::optional<Piece> piece_in(std::string_view line) {
  const auto at = line.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + mark.size());
  if (line.size() <= name_size) return std::nullopt;
  Piece piece{.name = line.substr(0, name_size)};
  line.remove_prefix(name_size + 1);
  const auto begin = number_before(',', line);
  const auto whole = begin ? number_before(' ', line) : std::nullopt;
  if (!whole) return std::nullopt;
  piece.begin = *begin;
  piece.whole = *whole;
  piece.bytes = bytes_of(line);
  return piece;
}

}  // namespace

KernelLog::KernelLog() : file_(::open("/dev/kmsg", O_WRONLY | O_CLOEXEC)) {
  if (!file_) netns::throw_failed("/dev/kmsg", errno);
}

void KernelLog::note(wire::ByteView bytes) {
  const std::string name = name_of(bytes);
  for (std::size_t begin = 0; begin < bytes.size(); begin += bytes_in_a_line) {
    const std::size_t end = std::min(begin + bytes_in_a_line, bytes.size());
    line_.clear();
    // The level of debugging: the log keeps it, and no console has to print it meanwhile.
    fmt::format_to(std::back_inserter(line_), "<7>{}{} {},{} ", mark, name, begin, bytes.size());
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = begin; i < end; ++i) {
      line_ += digits[bytes[i] >> 4];
      line_ += digits[bytes[i] & 15];
    }
    (void)!::write(file_.get(), line_.data(), line_.size());
  }
}

std::vector<Program> programs_in(std::string_view console) {
  std::vector<Program> programs;
  wire::Bytes bytes{};
  for (const std::string_view line : harness::split_lines(console)) {
    const auto piece = piece_in(line);
    if (!piece) continue;
    if (piece->begin == 0) bytes.clear();
    if (piece->begin != bytes.size()) continue;
    bytes.insert(bytes.end(), piece->bytes.begin(), piece->bytes.end());
    if (bytes.size() != piece->whole) continue;
    Program program = decode(bytes);
    if (name_of(program) == piece->name) programs.push_back(std::move(program));
  }
  return programs;
}

std::string without_programs(std::string_view console) {
  std::string text;
  for (const std::string_view line : harness::split_lines(console))
    if (line.find(mark) == std::string_view::npos) text.append(line).append("\n");
  return text;
}

}  // namespace natstep::fuzz
