// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/debian_version.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace natstep::harness {
namespace {

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// A tilde sorts before everything, even the end of a part; letters before what is no letter.
int rank(char c) {
  if (c == '~') return -1;
  if (c == '\0' || is_digit(c)) return 0;
  const int code = static_cast<unsigned char>(c);
  return std::isalpha(code) != 0 ? code : code + 256;
}

char front(std::string_view text) {
  return text.empty() ? '\0' : text.front();
}

/// Cuts off what comes before the next digit and compares it.
int compare_words(std::string_view& left, std::string_view& right) {
  const auto in_word = [](std::string_view text) { return !text.empty() && !is_digit(text[0]); };
  while (in_word(left) || in_word(right)) {
    const int difference = rank(front(left)) - rank(front(right));
    if (difference != 0) return difference;
    if (in_word(left)) left.remove_prefix(1);
    if (in_word(right)) right.remove_prefix(1);
  }
  return 0;
}

std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const auto size = static_cast<std::size_t>(end - text.begin());
  std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

int compare_numbers(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  return left.compare(right);
}

int compare_parts(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    if (const int difference = compare_words(left, right); difference != 0) return difference;
    const std::string_view left_digits = take_digits(left);
    const std::string_view right_digits = take_digits(right);
    const int difference = compare_numbers(left_digits, right_digits);
    if (difference != 0) return difference;
  }
  return 0;
}

struct Parts {
  unsigned epoch = 0;
  std::string_view upstream;
  std::string_view revision;
};

Parts parts_of(std::string_view version) {
  Parts parts;
  if (const auto colon = version.find(':'); colon != std::string_view::npos) {
    std::from_chars(version.data(), version.data() + colon, parts.epoch);
    version.remove_prefix(colon + 1);
  }
  const auto dash = version.rfind('-');
  parts.upstream = version.substr(0, dash);
  if (dash != std::string_view::npos) parts.revision = version.substr(dash + 1);
  return parts;
}

}  // namespace

int compare_versions(std::string_view left, std::string_view right) {
  const Parts l = parts_of(left);
  const Parts r = parts_of(right);
  if (l.epoch != r.epoch) return l.epoch < r.epoch ? -1 : 1;
  const int difference = compare_parts(l.upstream, r.upstream);
  return difference != 0 ? difference : compare_parts(l.revision, r.revision);
}

std::string upstream_version(std::string_view version) {
  return std::string(parts_of(version).upstream);
}

}  // namespace natstep::harness
