// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/address.h"

#include <algorithm>
#include <charconv>

namespace natstep::wire {
namespace {

constexpr std::size_t group_count = 8;

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// A whole decimal number without sign or superfluous zeros: "010" is octal to some readers, so it
/// is refused.
std::optional<unsigned> decimal(std::string_view text, unsigned max) {
  if (text.empty() || text.size() > 3 || !all_digits(text)) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value <= max ? std::optional(value) : std::nullopt;
}

/// Cuts `text` at the first `separator`: returns what stands before it, leaves what stands behind.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

std::optional<Address> parse_ipv4(std::string_view text) {
  if (std::ranges::count(text, '.') != 3) return std::nullopt;
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const auto byte = decimal(take_until(text, '.'), 255);
    if (!byte) return std::nullopt;
    value = value << 8 | *byte;
  }
  return Address::ipv4(value);
}

std::optional<std::uint16_t> hex_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  std::uint16_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  const bool whole = result.ec == std::errc{} && result.ptr == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

/// The groups on one side of "::", at most eight; the last may be a dotted quad. Nothing when
/// malformed.
struct Groups {
  std::array<std::uint16_t, group_count> words{};
  std::size_t count = 0;

  bool push(std::uint16_t word) {
    if (count == group_count) return false;
    words[count++] = word;
    return true;
  }
  bool push_quad(const Address& quad) {
    return push(load_be16(&quad.bytes[0])) && push(load_be16(&quad.bytes[2]));
  }
};

/// Where a dotted quad may stand for the last two groups.
enum class Quad : std::uint8_t { allowed, refused };

/// Nothing when malformed.
std::optional<Groups> parse_groups(std::string_view text, Quad quads) {
  Groups groups;
  if (text.empty()) return groups;
  if (text.back() == ':') return std::nullopt;
  while (!text.empty()) {
    const std::string_view part = take_until(text, ':');
    const bool last = text.empty() && quads == Quad::allowed;
    const auto quad = last ? parse_ipv4(part) : std::nullopt;
    const auto word = quad ? std::nullopt : hex_group(part);
    if (quad ? !groups.push_quad(*quad) : !word || !groups.push(*word)) return std::nullopt;
  }
  return groups;
}

std::optional<Address> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool compressed = gap != std::string_view::npos;
  const auto head = parse_groups(text.substr(0, gap), compressed ? Quad::refused : Quad::allowed);
  const auto tail =
      parse_groups(compressed ? text.substr(gap + 2) : std::string_view{}, Quad::allowed);
  if (!head || !tail) return std::nullopt;
  const std::size_t count = head->count + tail->count;
  if (compressed ? count >= group_count : count != group_count) return std::nullopt;

  Address address{.family = AddressFamily::ipv6};
  for (std::size_t i = 0; i < head->count; ++i)
    store_be16(&address.bytes[2 * i], head->words[i]);
  for (std::size_t i = 0; i < tail->count; ++i) {
    store_be16(&address.bytes[2 * (group_count - tail->count + i)], tail->words[i]);
  }
  return address;
}

std::string print_ipv4(const Address& address) {
  std::string text;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != 0) text += '.';
    text += std::to_string(address.bytes[i]);
  }
  return text;
}

/// The longest run of two or more zero groups, the first of equals (RFC 5952 section 4.2).
struct ZeroRun {
  std::size_t begin = group_count;
  std::size_t length = 1;
};

ZeroRun longest_zero_run(const std::array<std::uint16_t, group_count>& words) {
  ZeroRun best;
  for (std::size_t i = 0; i < group_count; ++i) {
    std::size_t end = i;
    while (end < group_count && words[end] == 0)
      ++end;
    if (end - i > best.length) best = {.begin = i, .length = end - i};
  }
  return best;
}

std::string hex_word(std::uint16_t word) {
  std::array<char, 4> digits{};
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), word, 16);
  return {digits.data(), result.ptr};
}

std::string print_ipv6(const Address& address) {
  std::array<std::uint16_t, group_count> words{};
  for (std::size_t i = 0; i < group_count; ++i)
    words[i] = load_be16(&address.bytes[2 * i]);
  const ZeroRun run = longest_zero_run(words);
  std::string text;
  for (std::size_t i = 0; i < group_count; ++i) {
    if (i == run.begin) {
      text += "::";
      i += run.length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += hex_word(words[i]);
  }
  return text;
}

/// Whether the first `bits` bits of two byte arrays are the same.
bool same_bits(const Address& a, const Address& b, std::size_t bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xff00u >> (bits % 8) & 0xffu;
  return ((a.bytes[whole] ^ b.bytes[whole]) & mask) == 0;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  return text.find(':') == std::string_view::npos ? parse_ipv4(text) : parse_ipv6(text);
}

std::string to_string(const Address& address) {
  switch (address.family) {
    case AddressFamily::ipv4:
      return print_ipv4(address);
    case AddressFamily::ipv6:
      return print_ipv6(address);
    case AddressFamily::none:
      break;
  }
  return "none";
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto length = decimal(text.substr(slash + 1), static_cast<unsigned>(address->size() * 8));
  if (!length) return std::nullopt;
  return Prefix{.address = *address, .length = static_cast<std::uint8_t>(*length)};
}

bool Prefix::contains(const Address& other) const {
  return other.family == address.family && same_bits(address, other, length);
}

std::string to_string(const Address& address, std::uint16_t port) {
  const std::string text = to_string(address);
  const bool ipv6 = address.family == AddressFamily::ipv6;
  return (ipv6 ? '[' + text + ']' : text) + ':' + std::to_string(port);
}

std::string to_string(const Prefix& prefix) {
  return to_string(prefix.address) + '/' + std::to_string(prefix.length);
}

}  // namespace natstep::wire
