// SPDX-License-Identifier: GPL-2.0-or-later
// Network addresses and prefixes of both families, in one value type.
#pragma once

#include "model/wire/bytes.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace natstep::wire {

enum class AddressFamily : std::uint8_t { none = 0, ipv4 = 4, ipv6 = 6 };

/// An IPv4 or IPv6 address. The bytes are in network order; an IPv4 address uses the first four and
/// the rest are zero, as in the kernel's union nf_inet_addr.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  AddressFamily family = AddressFamily::none;

  /// `value` is in host order: 0x0a000102 is 10.0.1.2.
  static constexpr Address ipv4(std::uint32_t value) {
    Address address;
    store_be32(address.bytes.data(), value);
    address.family = AddressFamily::ipv4;
    return address;
  }
  /// Reads a dotted quad or an RFC 4291 text; nothing for anything else (no names, no ports).
  static std::optional<Address> parse(std::string_view text);

  /// The IPv4 address in host order. Only meaningful when the family is ipv4.
  [[nodiscard]] constexpr std::uint32_t ipv4_value() const { return load_be32(bytes.data()); }
  /// The number of bytes that the family uses: 4, 16, or 0 for none.
  [[nodiscard]] constexpr std::size_t size() const {
    return family == AddressFamily::ipv4 ? 4 : family == AddressFamily::ipv6 ? 16 : 0;
  }

  auto operator<=>(const Address&) const = default;
};

/// Prints what `Address::parse` reads: a dotted quad, or RFC 5952 text.
std::string to_string(const Address& address);
/// 10.0.1.2:53, [fd00:1::2]:53.
std::string to_string(const Address& address, std::uint16_t port);

/// An address with a prefix length, as in 10.0.1.1/24. Host bits may be set (an interface address).
struct Prefix {
  Address address;
  std::uint8_t length = 0;  // bits, 0..32 or 0..128

  static std::optional<Prefix> parse(std::string_view text);
  [[nodiscard]] bool contains(const Address& other) const;

  auto operator<=>(const Prefix&) const = default;
};

std::string to_string(const Prefix& prefix);

}  // namespace natstep::wire
