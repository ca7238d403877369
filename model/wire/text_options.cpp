// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/text_options.h"

#include "model/wire/tcp.h"
#include "model/wire/text_node.h"

#include <algorithm>
#include <array>
#include <limits>

namespace natstep::wire::text {
namespace {

constexpr std::array<std::string_view, 8> words = {"mss",  "wscale", "sackok", "timestamp",
                                                   "sack", "nop",    "eol",    "options"};

std::uint32_t number(std::string_view text, std::size_t offset, std::string_view option,
                     std::uint32_t max) {
  const auto value = parse_number(text);
  if (!value) fail(offset, in_code(option) + " needs a number");
  if (*value > max) {
    fail(offset, in_code(option) + " " + std::string(text) + " is out of range",
         "0 to " + std::to_string(max));
  }
  return static_cast<std::uint32_t>(*value);
}

std::uint32_t take_number(Lexer& lexer, const Token& word, std::uint32_t max) {
  const Token token = lexer.take();
  return number(token.text, token.offset, word.text, max);
}

void append_be32(Bytes& bytes, std::uint32_t value) {
  bytes.resize(bytes.size() + 4);
  store_be32(&bytes[bytes.size() - 4], value);
}

Bytes encoded(std::uint8_t kind, const Bytes& data) {
  Bytes option = {kind, static_cast<std::uint8_t>(data.size() + 2)};
  option.insert(option.end(), data.begin(), data.end());
  return option;
}

Bytes parse_mss(Lexer& lexer, const Token& word) {
  const std::uint32_t mss = take_number(lexer, word, 0xffff);
  return {tcp::option::mss, 4, static_cast<std::uint8_t>(mss >> 8), static_cast<std::uint8_t>(mss)};
}

Bytes parse_window_scale(Lexer& lexer, const Token& word) {
  return {tcp::option::window_scale, 3, static_cast<std::uint8_t>(take_number(lexer, word, 0xff))};
}

Bytes parse_timestamp(Lexer& lexer, const Token& word) {
  constexpr std::uint32_t max = std::numeric_limits<std::uint32_t>::max();
  Bytes data;
  append_be32(data, take_number(lexer, word, max));
  append_be32(data, take_number(lexer, word, max));
  return encoded(tcp::option::timestamp, data);
}

/// `sack 100-200 300-400`: blocks as long as they come.
Bytes parse_sack(Lexer& lexer, const Token& word) {
  constexpr std::uint32_t max = std::numeric_limits<std::uint32_t>::max();
  constexpr std::size_t max_data = 32;  // four blocks, RFC 2018 section 3
  Bytes data;
  while (lexer.peek().kind == Token::Kind::word &&
         lexer.peek().text.find('-') != std::string_view::npos &&
         lexer.peek().text.find_first_not_of("0123456789-") == std::string_view::npos) {
    const Token block = lexer.take();
    const std::size_t dash = block.text.find('-');
    append_be32(data, number(block.text.substr(0, dash), block.offset, word.text, max));
    append_be32(data, number(block.text.substr(dash + 1), block.offset + dash + 1, word.text, max));
    if (data.size() > max_data) fail(block.offset, "a SACK option has at most four blocks");
  }
  if (data.empty()) fail(lexer.peek().offset, "`sack` needs a block", "as in sack 1000-2000");
  return encoded(tcp::option::sack, data);
}

Bytes parse_raw(Lexer& lexer) {
  if (lexer.at_word("hex")) lexer.take();
  const Token token = lexer.take();
  const auto bytes = token.kind == Token::Kind::word ? parse_hex(token.text) : std::nullopt;
  if (!bytes) fail(token.offset, "expected pairs of hex digits", "as in options hex 0101");
  return *bytes;
}

/// One option that has a word of its own, or nothing.
std::optional<std::string> named_option(const TcpOption& option) {
  const std::uint8_t* p = option.data.data();
  const std::size_t size = option.data.size();
  switch (option.kind) {
    case tcp::option::end:
      return "eol";
    case tcp::option::nop:
      return "nop";
    case tcp::option::mss:
      if (size == 2) return "mss " + std::to_string(load_be16(p));
      break;
    case tcp::option::window_scale:
      if (size == 1) return "wscale " + std::to_string(*p);
      break;
    case tcp::option::sack_permitted:
      if (size == 0) return "sackok";
      break;
    case tcp::option::timestamp:
      if (size != 8) break;
      return "timestamp " + std::to_string(load_be32(p)) + ' ' + std::to_string(load_be32(p + 4));
    default:
      break;
  }
  return std::nullopt;
}

std::optional<std::string> sack_option(const TcpOption& option) {
  const std::size_t size = option.data.size();
  if (option.kind != tcp::option::sack || size == 0 || size % 8 != 0) return std::nullopt;
  std::string text = "sack";
  for (std::size_t i = 0; i < size; i += 8) {
    text += ' ' + std::to_string(load_be32(&option.data[i])) + '-' +
            std::to_string(load_be32(&option.data[i + 4]));
  }
  return text;
}

}  // namespace

std::string print_tcp_option(const TcpOption& option, ByteView encoded) {
  if (auto text = named_option(option)) return *text;
  if (auto text = sack_option(option)) return *text;
  return "options hex " + print_hex(encoded);
}

namespace {

/// The options without the zeros that only fill the last word: the builder adds them again.
ByteView without_padding(ByteView options) {
  TcpOptionReader reader(options);
  ByteView rest = options;
  while (!rest.empty() && !std::ranges::all_of(rest, [](std::uint8_t b) { return b == 0; })) {
    if (!reader.next()) return options;
    rest = reader.rest();
  }
  const std::size_t fill = std::min<std::size_t>(rest.size(), 3);
  return options.size() % 4 == 0 ? options.first(options.size() - fill) : options;
}

}  // namespace

std::optional<Bytes> parse_option(Lexer& lexer, const Token& word) {
  if (word.text == "mss") return parse_mss(lexer, word);
  if (word.text == "wscale") return parse_window_scale(lexer, word);
  if (word.text == "timestamp") return parse_timestamp(lexer, word);
  if (word.text == "sack") return parse_sack(lexer, word);
  if (word.text == "options") return parse_raw(lexer);
  if (word.text == "sackok") return Bytes{tcp::option::sack_permitted, 2};
  if (word.text == "nop") return Bytes{tcp::option::nop};
  if (word.text == "eol") return Bytes{tcp::option::end};
  return std::nullopt;
}

std::span<const std::string_view> option_words() {
  return words;
}

std::string print_tcp_options(ByteView options) {
  std::string text;
  TcpOptionReader reader(without_padding(options));
  for (ByteView before = reader.rest(); const auto option = reader.next(); before = reader.rest()) {
    if (!text.empty()) text += ' ';
    text += print_tcp_option(*option, before.first(before.size() - reader.rest().size()));
  }
  if (reader.rest().empty()) return text;
  if (!text.empty()) text += ' ';
  return text + "options hex " + print_hex(reader.rest());
}

}  // namespace natstep::wire::text
