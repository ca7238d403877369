// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/release.h"

#include <charconv>
#include <cstddef>

namespace natstep::model {
namespace {

/// The number at the front of `text`, which is then moved behind it and one separator.
unsigned take_number(std::string_view& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty()) text.remove_prefix(1);
  return number;
}

bool is_empty(const ReleaseRange& range) {
  return !(range.first < range.end);
}

std::string in_words(const ReleaseRange& range) {
  const bool from_the_beginning = range.first == Versions::first_of_all;
  const bool to_this_day = range.end == Versions::none_yet;
  if (from_the_beginning && to_this_day) return "always";
  if (from_the_beginning) return "before " + to_string(range.end);
  if (to_this_day) return "since " + to_string(range.first);
  if (range.first.patch != 0 && range.end == Release{range.first.major, range.first.minor + 1, 0}) {
    return "since " + to_string(range.first) + " within its series";
  }
  return "since " + to_string(range.first) + " and before " + to_string(range.end);
}

}  // namespace

Release parse_release(std::string_view text) {
  Release release;
  release.major = take_number(text);
  release.minor = take_number(text);
  release.patch = take_number(text);
  return release;
}

std::string to_string(const Release& release) {
  std::string text = std::to_string(release.major) + '.' + std::to_string(release.minor);
  if (release.patch != 0) text += '.' + std::to_string(release.patch);
  return text;
}

std::string to_string(const Versions& versions) {
  std::string words;
  for (const ReleaseRange& range : versions.ranges()) {
    if (is_empty(range)) continue;
    if (!words.empty()) words += ", and ";
    words += in_words(range);
  }
  return words.empty() ? "where it is configured" : words;
}

}  // namespace natstep::model
