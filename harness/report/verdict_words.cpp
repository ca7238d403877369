// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/verdict_words.h"

#include <algorithm>

#include <fmt/color.h>
#include <fmt/format.h>

namespace natstep::harness {

std::string lower_case(Verdict verdict) {
  std::string word(to_string(verdict));
  std::ranges::transform(word, word.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return word;
}

std::string counted(std::size_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

std::string painted(Verdict verdict, std::string_view text, Colour colour) {
  if (colour == Colour::off) return std::string(text);
  const auto shade = [&] {
    switch (verdict) {
      case Verdict::agreed:
        return fmt::terminal_color::green;
      case Verdict::deviation:
        return fmt::terminal_color::cyan;
      case Verdict::diverged:
      case Verdict::broken:
        return fmt::terminal_color::red;
      case Verdict::inconclusive:
      case Verdict::skipped:
        return fmt::terminal_color::yellow;
    }
    return fmt::terminal_color::white;
  }();
  return fmt::format("{}", fmt::styled(text, fmt::fg(shade)));
}

}  // namespace natstep::harness
