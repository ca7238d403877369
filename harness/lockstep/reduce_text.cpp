// SPDX-License-Identifier: GPL-2.0-or-later
// The units that a reduction leaves out, found in texts.
#include "harness/lockstep/reduce.h"

#include <algorithm>
#include <sstream>

namespace natstep::harness {
namespace {

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\n;}") == std::string_view::npos;
}

/// The end of what the brace at `open` encloses, or of the text.
std::size_t closing_brace(std::string_view text, std::size_t open) {
  int depth = 0;
  for (auto i = open; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return text.size();
}

/// From the line's, or the statement's, beginning to the closing brace.
void add_blocks(std::string_view text, std::vector<Extent>& pieces) {
  for (auto open = text.find('{'); open != std::string_view::npos;
       open = text.find('{', open + 1)) {
    const auto before = open == 0 ? std::string_view::npos : text.find_last_of("\n;{}", open - 1);
    const auto from = before == std::string_view::npos ? 0 : before + 1;
    auto end = closing_brace(text, open);
    // A line goes as a whole.
    if (from > 0 && text[from - 1] == '\n' && end < text.size() && text[end] == '\n') ++end;
    pieces.push_back({.from = from, .count = end - from});
  }
}

/// What ends at each of `ends`, and does not cut a brace open.
void add_parts(std::string_view text, std::string_view ends, std::vector<Extent>& pieces) {
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_end = ends.find(text[i]) != std::string_view::npos;
    if (!is_end && text[i] != '{' && text[i] != '\n') continue;
    const auto part = text.substr(from, i + 1 - from);
    if (is_end && !blank(part) && std::ranges::count(part, '{') == std::ranges::count(part, '}'))
      pieces.push_back({.from = from, .count = part.size()});
    from = i + 1;
  }
}

}  // namespace

std::vector<Extent> pieces_of_rules(std::string_view text) {
  std::vector<Extent> pieces;
  add_blocks(text, pieces);
  add_parts(text, "\n", pieces);
  add_parts(text, ";", pieces);
  std::ranges::stable_sort(pieces, std::ranges::greater{}, &Extent::count);
  return pieces;
}

std::size_t count_rules(const Scenario& scenario) {
  std::size_t count = 0;
  for (const auto& block : scenario.rules) {
    std::istringstream text(block.text);
    for (std::string line; std::getline(text, line);)
      count += blank(line) ? 0 : 1;
  }
  return count;
}

std::vector<std::string> words_of_packet(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  int depth = 0;
  for (const char c : text) {
    if (c == '"' && (word.empty() || word.back() != '\\')) quoted = !quoted;
    if (!quoted && c == '[') ++depth;
    if (!quoted && c == ']') --depth;
    if (c != ' ' || quoted || depth > 0) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

}  // namespace natstep::harness
