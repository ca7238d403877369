// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/text_lexer.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <utility>

namespace natstep::wire::text {
namespace {

constexpr std::size_t longest_guess =
    32;  // words beyond this are not misspelt, they are something else

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool ends_word(char c) {
  return is_space(c) || c == '[' || c == ']' || c == '"' || c == '>';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<std::uint8_t> hex_digit(char c) {
  c = lower(c);
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

/// The size of the bracketed address that `text` begins with, as in [fd00::2]:53; zero when the
/// bracket opens a quoted packet.
std::size_t bracketed_address(std::string_view text) {
  if (!text.starts_with('[')) return 0;
  const auto inside = text.substr(1);
  const auto end = std::ranges::find_if(inside, ends_word);
  if (end == inside.end() || *end != ']') return 0;
  const auto size = static_cast<std::size_t>(end - inside.begin());
  return inside.substr(0, size).find(':') == std::string_view::npos ? 0 : size + 2;
}

/// Levenshtein's distance, blind to case.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replace = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replace, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

void fail(std::size_t offset, std::string message, std::string hint) {
  throw Mistake({.offset = offset, .message = std::move(message), .hint = std::move(hint)});
}

std::string in_code(std::string_view word) {
  return '`' + std::string(word) + '`';
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > longest_guess) return {};
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view best;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best.empty() ? std::string{} : "did you mean " + in_code(best) + "?";
}

Token Lexer::take() {
  Token taken = std::move(token_);
  advance();
  return taken;
}

void Lexer::advance() {
  while (at_ < text_.size() && is_space(text_[at_]))
    ++at_;
  token_ = {.kind = Token::Kind::end, .offset = at_};
  if (at_ == text_.size() || text_[at_] == '#') return;
  switch (text_[at_]) {
    case '[':
      if (bracketed_address(text_.substr(at_)) != 0) return read_word();
      token_.kind = Token::Kind::open;
      break;
    case ']':
      token_.kind = Token::Kind::close;
      break;
    case '>':
      token_.kind = Token::Kind::arrow;
      break;
    case '"':
      return read_string();
    default:
      return read_word();
  }
  token_.text = text_.substr(at_++, 1);
}

void Lexer::read_word() {
  const auto rest = text_.substr(at_);
  const auto behind = rest.substr(bracketed_address(rest));
  const auto size =
      static_cast<std::size_t>(std::ranges::find_if(behind, ends_word) - rest.begin());
  if (rest.substr(0, size) == "where") return;
  token_.kind = Token::Kind::word;
  token_.text = rest.substr(0, size);
  at_ += size;
}

void Lexer::read_string() {
  const std::size_t begin = at_++;
  token_.kind = Token::Kind::string;
  while (at_ < text_.size() && text_[at_] != '"') {
    if (text_[at_] == '\n') break;
    const bool escape = text_[at_] == '\\';
    token_.bytes.push_back(escape ? read_escape() : static_cast<std::uint8_t>(text_[at_++]));
  }
  if (at_ == text_.size() || text_[at_] == '\n') {
    fail(begin, "the string has no closing quote", "a quote inside a string is written \\\"");
  }
  token_.text = text_.substr(begin, ++at_ - begin);
}

std::uint8_t Lexer::read_escape() {
  const std::size_t backslash = at_++;
  const char letter = at_ < text_.size() ? text_[at_++] : '\0';
  switch (letter) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '0':
      return 0;
    case 'x':
      return read_hex_escape(backslash);
    default:
      fail(backslash, "unknown escape in a string", R"(use \" \\ \n \r \t \0 or \xNN)");
  }
}

std::uint8_t Lexer::read_hex_escape(std::size_t backslash) {
  const auto high = at_ < text_.size() ? hex_digit(text_[at_]) : std::nullopt;
  const auto low = at_ + 1 < text_.size() ? hex_digit(text_[at_ + 1]) : std::nullopt;
  if (!high || !low) fail(backslash, "\\x needs two hex digits", "as in \\x0a");
  at_ += 2;
  return static_cast<std::uint8_t>(*high << 4 | *low);
}

std::optional<std::uint64_t> parse_number(std::string_view word) {
  constexpr std::uint64_t too_large = std::uint64_t{std::numeric_limits<std::uint32_t>::max()} + 1;
  const bool hex = word.starts_with("0x") || word.starts_with("0X");
  if (hex) word.remove_prefix(2);
  std::uint64_t value = 0;
  const char* end = word.data() + word.size();
  const auto result = std::from_chars(word.data(), end, value, hex ? 16 : 10);
  if (word.empty() || result.ptr != end || result.ec == std::errc::invalid_argument) {
    return std::nullopt;
  }
  return result.ec == std::errc{} ? std::min(value, too_large) : too_large;
}

std::optional<Bytes> parse_hex(std::string_view word) {
  if (word == "-") return Bytes{};
  if (word.empty() || word.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  bytes.reserve(word.size() / 2);
  for (std::size_t i = 0; i < word.size(); i += 2) {
    const auto high = hex_digit(word[i]);
    const auto low = hex_digit(word[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
  }
  return bytes;
}

bool is_name(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
  });
}

}  // namespace natstep::wire::text
