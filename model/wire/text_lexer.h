// SPDX-License-Identifier: GPL-2.0-or-later
// Words, strings and brackets of the packet notation, and how its parser reports mistakes.
// Internal to the notation: others use text.h.
#pragma once

#include "model/wire/bytes.h"
#include "model/wire/text.h"

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::wire::text {

/// Thrown inside the parser only; the parse functions of text.h turn it into their result.
struct Mistake : std::exception {
  explicit Mistake(TextError what) : error(std::move(what)) {}
  TextError error;
};

[[noreturn]] void fail(std::size_t offset, std::string message, std::string hint = {});

/// `word` in the quotes that messages use.
std::string in_code(std::string_view word);

/// "did you mean `ttl`?" for the candidate that is a few typing errors away from `word`; empty when
/// none is.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

struct Token {
  enum class Kind : std::uint8_t { word, string, open, close, arrow, end } kind = Kind::end;
  std::string_view text = {};  // as written; of a string with its quotes
  std::size_t offset = 0;      // into the whole text
  Bytes bytes = {};            // what a string stands for
};

/// Cuts a text into tokens. The text ends at its end, at a comment, and at the word `where`.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) { advance(); }

  [[nodiscard]] const Token& peek() const { return token_; }
  Token take();
  /// Whether the next token is this word.
  [[nodiscard]] bool at_word(std::string_view word) const {
    return token_.kind == Token::Kind::word && token_.text == word;
  }

 private:
  void advance();
  void read_word();
  void read_string();
  std::uint8_t read_escape();
  std::uint8_t read_hex_escape(std::size_t backslash);

  std::string_view text_;
  std::size_t at_ = 0;
  Token token_;
};

/// All of `word` as a decimal or 0x number of at most 32 bits (larger ones saturate at 2^32);
/// nothing when it is no number.
std::optional<std::uint64_t> parse_number(std::string_view word);
/// All of `word` as pairs of hex digits, "-" for no bytes.
std::optional<Bytes> parse_hex(std::string_view word);
/// Whether `word` can name a variable: letters, digits and underscores.
bool is_name(std::string_view word);

}  // namespace natstep::wire::text
