// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/helper/sip_values.h"

namespace natstep::model::sip {
namespace {

struct ReadPort {
  std::uint16_t port = default_port;
  std::size_t end = 0;
};

/// sip_parse_port: the port that may follow. It must be an unprivileged one, and not the last thing
/// of the message.
std::optional<ReadPort> read_port(std::string_view text, std::size_t at) {
  if (at >= text.size()) return std::nullopt;
  if (text[at] != ':') return ReadPort{.end = at};
  std::uint32_t port = 0;
  const std::size_t begin = ++at;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    port = port * 10 + static_cast<std::uint32_t>(text[at] - '0');
    if (at - begin >= 5) return std::nullopt;
  }
  if (at == begin || at >= text.size() || port < 1024 || port > 65535) return std::nullopt;
  return ReadPort{.port = static_cast<std::uint16_t>(port), .end = at};
}

}  // namespace

std::optional<ReadAddress> read_ipv4(std::string_view text, std::size_t at) {
  std::uint32_t value = 0;
  for (int part = 0; part < 4; ++part) {
    std::uint32_t number = 0;
    const std::size_t begin = at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      number = number * 10 + static_cast<std::uint32_t>(text[at] - '0');
      if (number > 255) return std::nullopt;
    }
    if (at == begin) return std::nullopt;
    value = (value << 8) | number;
    const bool last = part == 3;
    const char next = at < text.size() ? text[at] : '\0';
    const bool hex_letter = lower(next) >= 'a' && lower(next) <= 'f';
    if (hex_letter || (next == '.') == last) return std::nullopt;
    if (!last) ++at;
  }
  return ReadAddress{.address = wire::Address::ipv4(value), .end = at};
}

std::optional<Endpoint> read_endpoint(std::string_view text, std::size_t at) {
  const auto address = read_ipv4(text, at);
  if (!address) return std::nullopt;
  const auto port = read_port(text, address->end);
  if (!port) return std::nullopt;
  return Endpoint{
      .part = {.at = at, .size = port->end - at}, .address = address->address, .port = port->port};
}

Measured measure_endpoint(std::string_view text, std::size_t at) {
  const auto endpoint = read_endpoint(text, at);
  return {.size = endpoint ? endpoint->part.size : 0};
}

Measured measure_behind_user(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] != '@' && !is_line_end(text[end]))
    ++end;
  const bool has_user = end < text.size() && text[end] == '@';
  const std::size_t shift = has_user ? end + 1 - at : 0;
  return {.shift = shift, .size = measure_endpoint(text, at + shift).size};
}

Measured measure_digits(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end]))
    ++end;
  return {.size = end - at};
}

Measured measure_media(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_letter(text[end]))
    ++end;
  if (end >= text.size() || text[end] != ' ') return {};
  ++end;
  return {.size = end - at + measure_digits(text, end).size};
}

Measured measure_address(std::string_view text, std::size_t at) {
  const auto address = read_ipv4(text, at);
  return {.size = address ? address->end - at : 0};
}

}  // namespace natstep::model::sip
