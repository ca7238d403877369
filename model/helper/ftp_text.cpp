// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/helper/ftp_text.h"

#include "model/clause_names.h"
#include "model/packet.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace natstep::model::ftp {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_word(Step& step, std::string_view said, std::string_view keyword) {
  if (!step.holds(Clause::ftp_keyword_ignores_case)) return said == keyword;
  return std::ranges::equal(said, keyword, [](char a, char b) { return lower(a) == lower(b); });
}

struct Pattern {
  std::string_view keyword;
  Form form{};
  std::optional<char> skip_to{};  // the numbers begin behind this one
};

constexpr std::array<Pattern, 2> commands{{{"PORT", Form::port, ' '}, {"EPRT", Form::eprt, ' '}}};
constexpr std::array<Pattern, 2> answers{{{"227 ", Form::pasv}, {"229 ", Form::epsv, '('}}};

/// Numbers that a separator parts, up to a terminator (or anything, when none is asked for).
/// Returns how long they are, 0 when they are not all there. Nobody looks whether a number fits.
std::size_t read_numbers(std::string_view text, std::span<std::uint32_t> numbers, char separator,
                         std::optional<char> terminator) {
  std::size_t which = 0;
  for (std::size_t at = 0; at < text.size() && which < numbers.size(); ++at) {
    const char c = text[at];
    if (is_digit(c)) {
      numbers[which] = numbers[which] * 10 + static_cast<std::uint32_t>(c - '0');
    } else if (c == separator) {
      ++which;
    } else {
      const bool ends = !terminator || c == *terminator;
      return ends && which == numbers.size() - 1 ? at : 0;
    }
  }
  return 0;
}

wire::Address address_of(std::span<const std::uint32_t> bytes) {
  return wire::Address::ipv4((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]);
}

bool may_overflow(Step& step) {
  return step.profile().ftp_numbers_overflow && step.holds(Clause::ftp_numbers_overflow);
}

bool too_large(Step& step, std::span<const std::uint32_t> numbers) {
  return std::ranges::any_of(numbers, [](std::uint32_t number) { return number > 255; }) &&
         !may_overflow(step);
}

/// try_rfc959: h1,h2,h3,h4,p1,p2.
std::size_t read_six(Step& step, std::string_view text, std::optional<char> terminator,
                     Announcement& out) {
  std::array<std::uint32_t, 6> numbers{};
  const std::size_t size = read_numbers(text, numbers, ',', terminator);
  if (size == 0 || too_large(step, numbers)) return 0;
  out.address = address_of(numbers);
  out.port = static_cast<std::uint16_t>((numbers[4] << 8) | numbers[5]);
  return size;
}

/// try_rfc1123: an answer may say anything before its numbers.
std::size_t read_answer(Step& step, std::string_view text, Announcement& out) {
  std::size_t first = 0;
  if (step.holds(Clause::ftp_answer_is_scanned_for_digits)) {
    first = static_cast<std::size_t>(std::ranges::find_if(text, is_digit) - text.begin());
  }
  if (first == text.size()) return 0;
  out.begin += first;
  return read_six(step, text.substr(first), std::nullopt, out);
}

bool is_delimiter(Step& step, char c) {
  if (!step.holds(Clause::ftp_any_delimiter_will_do)) return c == '|';
  return !is_digit(c) && c >= '!' && c <= '~';
}

/// get_port: a port from `at` up to the delimiter. Returns what lies behind it, 0 when it cannot be
/// read.
std::size_t read_port(Step& step, std::string_view text, std::size_t at, char delimiter,
                      Announcement& out) {
  std::uint32_t port = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == delimiter) {
      if (static_cast<std::uint16_t>(port) == 0) return 0;
      out.port = static_cast<std::uint16_t>(port);
      return at + 1;
    }
    if (!is_digit(text[at])) return 0;
    port = port * 10 + static_cast<std::uint32_t>(text[at] - '0');
    if (port > 0xffff && !may_overflow(step)) return 0;
    port &= 0xffff;
  }
  return 0;
}

/// get_ipv6_addr: an address up to the delimiter.
std::size_t read_ipv6_address(std::string_view text, char delimiter, Announcement& out) {
  const std::string_view written = text.substr(0, text.find(delimiter));
  const auto address = wire::Address::parse(written);
  const bool ended = written.size() < text.size();
  if (!ended || !address || address->family != wire::AddressFamily::ipv6) return 0;
  out.address = *address;
  return written.size();
}

std::size_t read_ipv4_address(Step& step, std::string_view text, char delimiter,
                              Announcement& out) {
  std::array<std::uint32_t, 4> numbers{};
  const std::size_t size = read_numbers(text, numbers, '.', delimiter);
  if (size == 0 || too_large(step, numbers)) return 0;
  out.address = address_of(numbers);
  return size;
}

/// try_eprt: |1|132.235.1.2|6275|, |2|1080::8:800:200C:417A|5282|.
std::size_t read_extended(Step& step, std::string_view text, wire::AddressFamily family,
                          Announcement& out) {
  constexpr std::size_t address_at = 3;
  if (text.size() <= address_at) return 0;
  const char delimiter = text[0];
  if (!is_delimiter(step, delimiter) || text[2] != delimiter) return 0;
  const bool ipv6 = family == wire::AddressFamily::ipv6;
  const bool own_family = text[1] == (ipv6 ? '2' : '1');
  if (!own_family && step.holds(Clause::ftp_family_must_be_the_connections)) return 0;
  const std::string_view address = text.substr(address_at);
  const std::size_t size = ipv6 ? read_ipv6_address(address, delimiter, out)
                                : read_ipv4_address(step, address, delimiter, out);
  if (size == 0) return 0;
  return read_port(step, text, address_at + size + 1, delimiter, out);
}

/// try_epsv_response: |||6446|.
std::size_t read_extended_answer(Step& step, std::string_view text, Announcement& out) {
  constexpr std::size_t port_at = 3;
  if (text.size() <= port_at) return 0;
  const char delimiter = text[0];
  const bool three = text[1] == delimiter && text[2] == delimiter;
  if (!is_delimiter(step, delimiter) || !three) return 0;
  return read_port(step, text, port_at, delimiter, out);
}

std::size_t read_form(Step& step, std::string_view text, wire::AddressFamily family,
                      Announcement& out) {
  switch (out.form) {
    case Form::port:
      return read_six(step, text,
                      step.holds(Clause::ftp_port_ends_with_a_carriage_return) ? std::optional('\r')
                                                                               : std::nullopt,
                      out);
    case Form::pasv:
      return read_answer(step, text, out);
    case Form::eprt:
      return read_extended(step, text, family, out);
    case Form::epsv:
      return read_extended_answer(step, text, out);
  }
  return 0;
}

Read unreadable(Step& step) {
  return step.holds(Clause::ftp_unreadable_announcement_is_dropped) ? Read::partial : Read::nothing;
}

/// find_pattern.
Read match(Step& step, std::string_view payload, const Pattern& pattern, wire::AddressFamily family,
           Announcement& out) {
  const std::string_view keyword = pattern.keyword;
  if (payload.size() <= keyword.size()) {
    if (!same_word(step, payload, keyword.substr(0, payload.size()))) return Read::nothing;
    return step.holds(Clause::ftp_split_keyword_is_dropped) ? Read::partial : Read::nothing;
  }
  if (!same_word(step, payload.substr(0, keyword.size()), keyword)) return Read::nothing;
  out.begin = keyword.size();
  if (pattern.skip_to) {
    const std::size_t at = payload.find(*pattern.skip_to, keyword.size());
    if (at == std::string_view::npos) return unreadable(step);
    out.begin = at + 1;
  }
  out.form = pattern.form;
  out.size = read_form(step, payload.substr(out.begin), family, out);
  return out.size == 0 ? unreadable(step) : Read::announced;
}

}  // namespace

Read read_line(Step& step, std::string_view payload, Direction direction,
               wire::AddressFamily family, Announcement& out) {
  if (!step.holds(Clause::ftp_client_commands_and_server_answers)) direction = !direction;
  for (const Pattern& pattern : direction == Direction::original ? commands : answers) {
    const Read read = match(step, payload, pattern, family, out);
    if (read != Read::nothing) return read;
  }
  return Read::nothing;
}

namespace {

/// %pI6: all groups with all digits.
std::string written_out(const wire::Address& address) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    if (i != 0 && i % 2 == 0) text += ':';
    text += digits[address.bytes[i] >> 4];
    text += digits[address.bytes[i] & 15];
  }
  return text;
}

std::string joined(const wire::Address& address, char by) {
  std::string text = std::to_string(address.bytes[0]);
  for (std::size_t i = 1; i < 4; ++i)
    text += by + std::to_string(address.bytes[i]);
  return text;
}

std::string write_extended(const wire::Address& address) {
  if (address.family == wire::AddressFamily::ipv6) return "|2|" + written_out(address);
  return "|1|" + joined(address, '.');
}

}  // namespace

std::string write_numbers(Step& step, Form form, const wire::Address& address, std::uint16_t port) {
  const std::string decimal = std::to_string(port);
  switch (form) {
    case Form::port:
    case Form::pasv:
      return joined(address, ',') + ',' + std::to_string(port >> 8) + ',' +
             std::to_string(port & 0xff);
    case Form::eprt:
      return write_extended(address) + '|' + decimal + '|';
    case Form::epsv:
      return (step.holds(Clause::ftp_extended_answer_keeps_its_form) ? "|||" : "||") + decimal +
             '|';
  }
  return {};
}

}  // namespace natstep::model::ftp
