// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/scenario/scenario_block.h"

#include <algorithm>

namespace natstep::harness {
namespace {

/// Counts braces through one line after the other. Strings end with their line: an apostrophe in a
/// rule's comment is no reason to swallow the rest of the file.
class BraceCounter {
 public:
  /// The offset behind which the block is closed, or npos.
  std::size_t scan(std::string_view line, std::size_t from) {
    bool quoted = false;
    for (std::size_t at = from; at < line.size(); ++at) {
      const char c = line[at];
      if (c == '"') quoted = !quoted;
      if (quoted) continue;
      if (c == '#') break;
      if (c == '{') ++depth_;
      if (c == '}' && --depth_ == 0) return at;
    }
    return std::string_view::npos;
  }

 private:
  int depth_ = 1;
};

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    while (line.ends_with('\r'))
      line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<BlockPlace> find_block_end(std::span<const std::string_view> lines, BlockPlace from) {
  BraceCounter counter;
  for (std::size_t line = from.line; line < lines.size(); ++line) {
    const std::size_t at = counter.scan(lines[line], line == from.line ? from.column : 0);
    if (at != std::string_view::npos) return BlockPlace{line, at};
  }
  return std::nullopt;
}

std::string block_text(std::span<const std::string_view> lines, BlockPlace from, BlockPlace end) {
  if (from.line == end.line)
    return std::string(lines[from.line].substr(from.column, end.column - from.column));
  std::string text(lines[from.line].substr(from.column));
  for (std::size_t line = from.line + 1; line < end.line; ++line) {
    text += '\n';
    text += lines[line];
  }
  text += '\n';
  text += lines[end.line].substr(0, end.column);
  return text;
}

}  // namespace natstep::harness
