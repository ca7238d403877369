// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rules/rule_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include <netdb.h>

namespace natstep::harness {
namespace {

// Not from /etc/protocols: a minimal guest has none, and the meaning of a rule must not depend on
// it.
constexpr std::array<std::pair<std::string_view, std::uint8_t>, 23> protocols{{
    {"ip", 0},          {"icmp", 1},       {"igmp", 2},        {"ipencap", 4},    {"tcp", 6},
    {"udp", 17},        {"dccp", 33},      {"ipv6", 41},       {"rsvp", 46},      {"gre", 47},
    {"esp", 50},        {"ah", 51},        {"icmpv6", 58},     {"ipv6-icmp", 58}, {"hopopt", 0},
    {"ipv6-route", 43}, {"ipv6-frag", 44}, {"ipv6-nonxt", 59}, {"ipv6-opts", 60}, {"ospf", 89},
    {"comp", 108},      {"ipcomp", 108},   {"sctp", 132},
}};
constexpr std::uint8_t protocol_udplite = 136;

/// The address with all bits behind the prefix set to `ones`.
wire::Address filled(const wire::Prefix& prefix, bool ones) {
  wire::Address address = prefix.address;
  for (std::size_t bit = prefix.length; bit < address.size() * 8; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80u >> (bit % 8));
    std::uint8_t& byte = address.bytes[bit / 8];
    byte = static_cast<std::uint8_t>(ones ? byte | mask : byte & ~mask);
  }
  return address;
}

}  // namespace

std::optional<std::uint32_t> number(std::string_view word) {
  int base = 10;
  if (word.starts_with("0x") || word.starts_with("0X")) {
    base = 16;
    word.remove_prefix(2);
  }
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

std::optional<std::uint8_t> protocol_number(std::string_view word) {
  if (const auto value = number(word))
    return *value <= 255 ? std::optional(static_cast<std::uint8_t>(*value)) : std::nullopt;
  if (word == "udplite") return protocol_udplite;
  const auto found =
      std::ranges::find(protocols, word, &std::pair<std::string_view, std::uint8_t>::first);
  return found == protocols.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint16_t> service_port(std::string_view word) {
  if (const auto value = number(word))
    return *value <= 65535 ? std::optional(static_cast<std::uint16_t>(*value)) : std::nullopt;
  const servent* service = ::getservbyname(std::string(word).c_str(), nullptr);
  if (!service) return std::nullopt;
  return ntohs(static_cast<std::uint16_t>(service->s_port));
}

model::ValueRange single(const model::Value& value) {
  return {.low = value, .high = value};
}
model::ValueRange single(std::uint64_t value) {
  return single(model::value_of(value));
}
model::ValueRange between(std::uint64_t low, std::uint64_t high) {
  return {.low = model::value_of(low), .high = model::value_of(high)};
}

AddressSpan span_of(const wire::Prefix& prefix) {
  return {filled(prefix, false), filled(prefix, true)};
}

model::ValueRange addresses_of(const wire::Prefix& prefix) {
  const AddressSpan span = span_of(prefix);
  return {.low = model::value_of(span.first), .high = model::value_of(span.last)};
}

std::vector<model::ValueRange> ports_named(const model::Topology& topology, std::string_view name,
                                           char wildcard) {
  const bool prefix = name.ends_with(wildcard);
  if (prefix) name.remove_suffix(1);
  std::vector<model::ValueRange> ranges;
  for (std::size_t id = 0; id < topology.ports.size(); ++id) {
    const std::string_view port = topology.ports[id].name;
    if (prefix ? port.starts_with(name) : port == name) ranges.push_back(single(id));
  }
  return ranges;
}

std::uint32_t next_registration(const model::Ruleset& rules) {
  std::uint32_t next = 0;
  for (const model::Table& table : rules.tables) {
    for (const model::Chain& chain : table.chains) {
      if (chain.base) next = std::max(next, chain.registered + 1);
    }
  }
  return next;
}

}  // namespace natstep::harness
