// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/text_extensions.h"

#include <algorithm>
#include <array>

namespace natstep::wire::text {
namespace {

constexpr auto words = std::to_array<ExtensionWord>({
    {"hopopts", ip_protocol::hop_by_hop},
    {"routing", ip_protocol::routing},
    {"frag", ip_protocol::fragment},
    {"ah", ip_protocol::authentication},
    {"dstopts", ip_protocol::destination_options},
});

/// What a length of 255 leaves behind the first two bytes.
std::size_t max_data_size(std::uint8_t protocol) {
  return protocol == ip_protocol::authentication ? 1026 : 2046;
}

constexpr std::size_t fragment_data_size = ipv6::fragment::size - ipv6::extension::min_size;

Bytes parse_data(Lexer& lexer, const Token& word) {
  if (lexer.at_word("hex")) lexer.take();
  const Token token = lexer.take();
  auto bytes = token.kind == Token::Kind::word ? parse_hex(token.text) : std::nullopt;
  if (bytes) return *std::move(bytes);
  fail(token.offset, in_code(word.text) + " needs what stands in the header",
       "as in " + std::string(word.text) + " hex 010400000000, all behind its first two bytes");
}

std::uint8_t parse_byte(Lexer& lexer, std::string_view word) {
  const Token token = lexer.take();
  const auto value = token.kind == Token::Kind::word ? parse_number(token.text) : std::nullopt;
  if (!value || *value > 255) fail(token.offset, in_code(word) + " needs a number", "0 to 255");
  return static_cast<std::uint8_t>(*value);
}

/// Whether a fragment header says nothing but an offset, MF and an id.
bool is_plain_fragment(ByteView header) {
  constexpr std::uint16_t said = ipv6::fragment::offset_mask | ipv6::fragment::mf;
  return header[ipv6::extension::length] == 0 &&
         (load_be16(&header[ipv6::fragment::word]) & ~said) == 0;
}

std::string print_fragment_fields(const Node& node) {
  return " frag " + print_value(info(Field::fragment6), node.find(Field::fragment6)->number);
}

std::string print_fragment_id(const Node& node) {
  const Value* id = node.find(Field::fragment6_id);
  if (id == nullptr) return {};
  const bool variable = id->kind == Value::Kind::variable;
  return " ip-id " + (variable ? '$' + id->variable : std::to_string(id->number));
}

}  // namespace

std::span<const ExtensionWord> extension_words() {
  return words;
}

std::string_view extension_word(std::uint8_t protocol) {
  const auto found = std::ranges::find(words, protocol, &ExtensionWord::protocol);
  return found == words.end() ? std::string_view{} : found->word;
}

bool begins_extension(const Lexer& lexer, std::string_view word) {
  if (word == extension_word(ip_protocol::fragment)) return lexer.at_word("hex");
  return std::ranges::find(words, word, &ExtensionWord::word) != words.end();
}

Ipv6Extension parse_extension(Lexer& lexer, const Token& word) {
  Ipv6Extension extension;
  extension.protocol = std::ranges::find(words, word.text, &ExtensionWord::word)->protocol;
  extension.data = parse_data(lexer, word);
  const bool fragment = extension.protocol == ip_protocol::fragment;
  if (fragment && extension.data.size() != fragment_data_size) {
    fail(word.offset, "a fragment header has six bytes behind its first two");
  }
  if (extension.data.size() > max_data_size(extension.protocol)) {
    fail(word.offset, in_code(word.text) + " is longer than its length can say",
         "at most " + std::to_string(max_data_size(extension.protocol)) + " bytes");
  }
  parse_odd_bytes(lexer, extension);
  return extension;
}

void parse_odd_bytes(Lexer& lexer, Ipv6Extension& extension) {
  for (;;) {
    if (lexer.at_word("next")) {
      lexer.take();
      extension.next = parse_byte(lexer, "next");
    } else if (lexer.at_word("hlen")) {
      lexer.take();
      extension.length = parse_byte(lexer, "hlen");
    } else {
      return;
    }
  }
}

std::string print_extensions(const Node& node) {
  std::string text;
  for (const Ipv6Extension& extension : node.extensions) {
    const bool in_fields = is_in_fields(extension);
    text += in_fields ? print_fragment_fields(node)
                      : ' ' + std::string(extension_word(extension.protocol)) + " hex " +
                            print_hex(extension.data);
    if (extension.next) text += " next " + std::to_string(*extension.next);
    if (extension.length) text += " hlen " + std::to_string(*extension.length);
    if (in_fields) text += print_fragment_id(node);
  }
  return text;
}

std::vector<Ipv6Extension> derive_extensions(ByteView packet) {
  std::vector<Ipv6Extension> extensions;
  bool fields_taken = false;
  for (const ExtensionHeader& header : extensions_of(packet)) {
    const ByteView bytes = packet.subspan(header.offset, header.size);
    Ipv6Extension& extension = extensions.emplace_back();
    extension.protocol = header.protocol;
    const bool fragment = header.protocol == ip_protocol::fragment;
    const bool in_fields = fragment && !fields_taken && is_plain_fragment(bytes);
    fields_taken = fields_taken || fragment;
    const ByteView data = bytes.subspan(ipv6::extension::min_size);
    if (!in_fields) extension.data.assign(data.begin(), data.end());
    if (fragment && bytes[1] != 0) extension.length = bytes[1];
  }
  return extensions;
}

}  // namespace natstep::wire::text
