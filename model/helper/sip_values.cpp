// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/helper/sip_values.h"

#include "model/wire/bytes.h"

#include <algorithm>
#include <array>

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

constexpr std::size_t most_groups = 8;

/// Groups of 16 bits as they are read, and where "::" stands for those that are left out.
class Groups {
 public:
  bool add(std::uint32_t group) {
    if (count_ == most_groups) return false;
    groups_[count_++] = static_cast<std::uint16_t>(group);
    return true;
  }
  bool leave_out() {
    if (gap_ || count_ == most_groups) return false;
    gap_ = count_;
    return true;
  }
  /// Four numbers with dots between them may be the last two groups.
  [[nodiscard]] bool may_end_dotted() const {
    return count_ == most_groups - 2 || (gap_ && count_ < most_groups - 2);
  }
  [[nodiscard]] bool full() const { return count_ == most_groups; }
  [[nodiscard]] std::optional<wire::Address> address() const {
    if (!gap_ && !full()) return std::nullopt;
    wire::Address address{.family = wire::AddressFamily::ipv6};
    const std::size_t before = gap_.value_or(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      const std::size_t at = i < before ? i : i + most_groups - count_;
      wire::store_be16(&address.bytes[2 * at], groups_[i]);
    }
    return address;
  }

 private:
  std::array<std::uint16_t, most_groups> groups_{};
  std::size_t count_ = 0;
  std::optional<std::size_t> gap_;
};

std::optional<std::uint32_t> hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char letter = lower(c);
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  return std::nullopt;
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

std::optional<ReadAddress> read_ipv6(std::string_view text, std::size_t at) {
  const auto next = [&] { return at < text.size() ? text[at] : '\0'; };
  const auto is_gap = [&] { return text.substr(std::min(at, text.size())).starts_with("::"); };
  Groups groups;
  bool behind_gap = is_gap();
  if (behind_gap) {
    groups.leave_out();
    at += 2;
  }
  for (;;) {
    const std::size_t begin = at;
    std::uint32_t group = 0;
    while (const auto digit = hex_value(next())) {
      if (group > 0x0fff) return std::nullopt;
      group = group << 4 | *digit;
      ++at;
    }
    if (next() == '.' && groups.may_end_dotted()) {
      const auto dotted = read_ipv4(text, begin);
      if (!dotted) return std::nullopt;
      groups.add(dotted->address.ipv4_value() >> 16);
      groups.add(dotted->address.ipv4_value() & 0xffff);
      at = dotted->end;
      break;
    }
    if (at == begin && behind_gap && next() != ':' && next() != '.') break;
    if (at == begin || next() == '.' || !groups.add(group)) return std::nullopt;
    if (next() != ':') break;
    if (groups.full()) return std::nullopt;
    behind_gap = is_gap();
    if (behind_gap && !groups.leave_out()) return std::nullopt;
    at += behind_gap ? 2 : 1;
  }
  const auto address = groups.address();
  return address ? std::optional(ReadAddress{.address = *address, .end = at}) : std::nullopt;
}

std::optional<ReadAddress> read_plain_address(const Text& text, std::size_t at) {
  return text.family == wire::AddressFamily::ipv6 ? read_ipv6(text, at) : read_ipv4(text, at);
}

std::optional<ReadAddress> read_host(const Text& text, std::size_t at, Brackets brackets) {
  if (text.family != wire::AddressFamily::ipv6) return read_ipv4(text, at);
  const auto is = [&](std::size_t place, char c) {
    return place < text.size() && text[place] == c;
  };
  const bool must = brackets == Brackets::must;
  const bool opened = is(at, '[');
  if (!opened && must) return std::nullopt;
  auto address = read_ipv6(text, at + (opened ? 1 : 0));
  if (!address) return std::nullopt;
  const bool closed = is(address->end, ']');
  if (!closed && must) return std::nullopt;
  if (closed) ++address->end;
  return address;
}

std::optional<Endpoint> read_endpoint(const Text& text, std::size_t at) {
  const auto address = read_host(text, at, Brackets::must);
  if (!address) return std::nullopt;
  const auto port = read_port(text, address->end);
  if (!port) return std::nullopt;
  return Endpoint{
      .part = {.at = at, .size = port->end - at}, .address = address->address, .port = port->port};
}

Measured measure_endpoint(const Text& text, std::size_t at) {
  const auto endpoint = read_endpoint(text, at);
  return {.size = endpoint ? endpoint->part.size : 0};
}

Measured measure_behind_user(const Text& text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] != '@' && !is_line_end(text[end]))
    ++end;
  const bool has_user = end < text.size() && text[end] == '@';
  const std::size_t shift = has_user ? end + 1 - at : 0;
  return {.shift = shift, .size = measure_endpoint(text, at + shift).size};
}

Measured measure_digits(const Text& text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end]))
    ++end;
  return {.size = end - at};
}

Measured measure_media(const Text& text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_letter(text[end]))
    ++end;
  if (end >= text.size() || text[end] != ' ') return {};
  ++end;
  return {.size = end - at + measure_digits(text, end).size};
}

Measured measure_address(const Text& text, std::size_t at) {
  const auto address = read_plain_address(text, at);
  return {.size = address ? address->end - at : 0};
}

}  // namespace natstep::model::sip
