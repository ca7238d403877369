// SPDX-License-Identifier: GPL-2.0-or-later
// Splits a line into words and remembers where each one stood.
#pragma once

#include <algorithm>
#include <string_view>

namespace natstep::harness {

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

struct Word {
  std::string_view text;   // empty: there is none left
  std::size_t offset = 0;  // into the text that was split; its size when there is none left
};

/// The words of `text` from `from` on, one by one.
class Words {
 public:
  explicit Words(std::string_view text, std::size_t from = 0)
      : text_(text), at_(std::min(from, text.size())) {}

  Word next() {
    skip_blanks();
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]))
      ++at_;
    return Word{text_.substr(begin, at_ - begin), begin};
  }

  /// All that is left, as one word.
  Word rest() {
    skip_blanks();
    const std::string_view left = trimmed(text_.substr(at_));
    const std::size_t begin = at_;
    at_ = text_.size();
    return Word{left, begin};
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_]))
      ++at_;
  }

  std::string_view text_;
  std::size_t at_;
};

}  // namespace natstep::harness
