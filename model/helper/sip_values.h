// SPDX-License-Identifier: GPL-2.0-or-later
// The values that stand in SIP headers and session descriptions: addresses, ports, numbers. Source:
// net/netfilter/nf_conntrack_sip.c, sip_parse_addr, sip_parse_port and the _len functions.
#pragma once

#include "model/helper/sip_text.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace natstep::model::sip {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
/// lib/ctype.c isalpha, which takes text for Latin-1.
constexpr bool is_letter(char c) {
  const auto code = static_cast<unsigned char>(c);
  constexpr unsigned char first_accented = 0xc0, times = 0xd7, divided_by = 0xf7;
  const bool accented = code >= first_accented && code != times && code != divided_by;
  return accented || (lower(c) >= 'a' && lower(c) <= 'z');
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_line_end(char c) {
  return c == '\r' || c == '\n';
}
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// What follows a word, and where within it the part that counts begins.
struct Measured {
  std::size_t shift = 0;
  std::size_t size = 0;  // 0: cannot be read
};

struct ReadAddress {
  wire::Address address;
  std::size_t end = 0;
};

/// in4_pton with any delimiter: four numbers, and no letter that could be a hex digit behind them.
std::optional<ReadAddress> read_ipv4(std::string_view text, std::size_t at);
/// in6_pton with any delimiter: RFC 4291 section 2.2 with leading zeros at will, up to the first
/// character that cannot go on.
std::optional<ReadAddress> read_ipv6(std::string_view text, std::size_t at);
/// sdp_parse_addr.
std::optional<ReadAddress> read_plain_address(const Text& text, std::size_t at);
/// sip_parse_addr.
std::optional<ReadAddress> read_host(const Text& text, std::size_t at, Brackets brackets);
/// sip_parse_addr and sip_parse_port.
std::optional<Endpoint> read_endpoint(const Text& text, std::size_t at);

/// epaddr_len.
Measured measure_endpoint(const Text& text, std::size_t at);
/// skp_epaddr_len: the user in front of the address is skipped.
Measured measure_behind_user(const Text& text, std::size_t at);
/// digits_len.
Measured measure_digits(const Text& text, std::size_t at);
/// media_len: the type of the media and the port.
Measured measure_media(const Text& text, std::size_t at);
/// sdp_addr_len.
Measured measure_address(const Text& text, std::size_t at);

}  // namespace natstep::model::sip
