// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/text_values.h"

#include "model/wire/address.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/tcp.h"

#include <algorithm>

namespace natstep::wire::text {
namespace {

Value parse_fragment(const FieldInfo& field, const Token& token) {
  std::string_view digits = token.text;
  const bool more = digits.ends_with('+');
  if (more) digits.remove_suffix(1);
  const auto bytes = parse_number(digits);
  if (!bytes)
    fail(token.offset, "`frag` needs an offset in bytes", "frag 8, or frag 8+ when more follow");
  if (*bytes % 8 != 0 || *bytes / 8 > ipv4::offset_mask) {
    fail(token.offset, "fragment offset " + std::string(digits) + " cannot be written",
         "a multiple of 8 up to 65528");
  }
  const auto units = static_cast<std::uint32_t>(*bytes / 8);
  if (field.style == Style::fragment6) {
    return {.number = units * 8 | (more ? ipv6::fragment::mf : 0u), .offset = token.offset};
  }
  return {.number = more ? units | ipv4::mf : units, .offset = token.offset};
}

Value parse_ipv4_value(const Token& token) {
  const Address address = parse_address(token);
  if (address.family != AddressFamily::ipv4) {
    fail(token.offset, in_code(token.text) + " is not an IPv4 address", "as in 10.0.1.2");
  }
  return {.number = address.ipv4_value(), .offset = token.offset};
}

Value parse_checksum(const FieldInfo& field, const Token& token) {
  Value value{.offset = token.offset};
  if (token.text == "bad") {
    value.kind = Value::Kind::bad;
  } else if (token.text == "valid") {
    value.kind = Value::Kind::valid;
  } else if (token.text == "absent") {
    if (field.field != Field::udp_checksum) fail(token.offset, "only a UDP checksum can be absent");
  } else {
    value = parse_number_value(field, token);
  }
  return value;
}

}  // namespace

bool looks_like_flags(std::string_view word) {
  return std::ranges::all_of(word, [](char c) { return c == ',' || (c >= 'A' && c <= 'Z'); });
}

Value parse_number_value(const FieldInfo& field, const Token& token) {
  if (token.text.starts_with('$')) {
    const std::string_view name = token.text.substr(1);
    if (!is_name(name)) fail(token.offset, in_code(token.text) + " is not a variable", "as in $p");
    return {.kind = Value::Kind::variable, .variable = std::string(name), .offset = token.offset};
  }
  const std::string what = field.word.empty() ? "port" : in_code(field.word);
  const auto value = parse_number(token.text);
  if (!value) fail(token.offset, what + " needs a number, not " + in_code(token.text));
  if (*value > field.max()) {
    fail(token.offset, what + " " + std::string(token.text) + " is out of range",
         "0 to " + std::to_string(field.max()));
  }
  return {.number = static_cast<std::uint32_t>(*value), .offset = token.offset};
}

Address parse_address(const Token& token) {
  if (const auto parsed = Address::parse(token.text)) return *parsed;
  if (token.text.find(':') != std::string_view::npos) {
    fail(token.offset, in_code(token.text) + " is not an IPv6 address", "as in fd00::2");
  }
  fail(token.offset, in_code(token.text) + " is not an IPv4 address", "as in 10.0.1.2");
}

Value parse_flags(const FieldInfo& field, const Token& token) {
  Value value{.offset = token.offset};
  if (token.text == "none") return value;
  if (!looks_like_flags(token.text)) return parse_number_value(field, token);
  for (std::size_t begin = 0; begin <= token.text.size();) {
    const std::size_t comma = std::min(token.text.find(',', begin), token.text.size());
    const std::string_view name = token.text.substr(begin, comma - begin);
    const auto flag = tcp::flag_of(name);
    if (!flag) {
      fail(token.offset + begin, "unknown TCP flag " + in_code(name),
           "FIN, SYN, RST, PSH, ACK, URG, ECE, CWR");
    }
    value.number |= *flag;
    begin = comma + 1;
  }
  return value;
}

Value parse_value(Lexer& lexer, const FieldInfo& field) {
  if (field.style == Style::flag) return {.number = 1, .offset = lexer.peek().offset};
  const Token token = lexer.take();
  if (token.kind != Token::Kind::word) fail(token.offset, in_code(field.word) + " needs a value");
  switch (field.style) {
    case Style::fragment:
    case Style::fragment6:
      return parse_fragment(field, token);
    case Style::address:
      return parse_ipv4_value(token);
    case Style::checksum:
      return parse_checksum(field, token);
    case Style::tcp_flags:
      return parse_flags(field, token);
    default:
      return parse_number_value(field, token);
  }
}

}  // namespace natstep::wire::text
