// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rules/iptables_values.h"

#include "harness/rules/rule_values.h"
#include "model/conntrack/conn.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

namespace natstep::harness {
namespace {

using model::ValueRange;
using wire::Address;

struct Bit {
  std::string_view word;
  std::uint32_t bits;
};

constexpr std::array<Bit, 8> tcp_flags{{
    {"FIN", 0x01},
    {"SYN", 0x02},
    {"RST", 0x04},
    {"PSH", 0x08},
    {"ACK", 0x10},
    {"URG", 0x20},
    {"ALL", 0x3f},
    {"NONE", 0},
}};
constexpr std::array<Bit, 5> ct_states{{
    {"INVALID", model::ct_state::invalid},
    {"ESTABLISHED", model::ct_state::established},
    {"RELATED", model::ct_state::related},
    {"NEW", model::ct_state::is_new},
    {"UNTRACKED", model::ct_state::untracked},
}};
constexpr std::array<Bit, 2> nat_states{
    {{"SNAT", model::status::src_nat}, {"DNAT", model::status::dst_nat}}};
constexpr std::array<Bit, 4> ct_statuses{{
    {"EXPECTED", model::status::expected},
    {"SEEN_REPLY", model::status::seen_reply},
    {"ASSURED", model::status::assured},
    {"CONFIRMED", model::status::confirmed},
}};

struct IcmpName {
  std::string_view word;
  std::uint8_t type;
  std::optional<std::uint8_t> code{};
};
constexpr std::array<IcmpName, 25> icmp_names{{
    {"echo-reply", 0},
    {"pong", 0},
    {"destination-unreachable", 3},
    {"network-unreachable", 3, 0},
    {"host-unreachable", 3, 1},
    {"protocol-unreachable", 3, 2},
    {"port-unreachable", 3, 3},
    {"fragmentation-needed", 3, 4},
    {"source-route-failed", 3, 5},
    {"network-unknown", 3, 6},
    {"host-unknown", 3, 7},
    {"network-prohibited", 3, 9},
    {"host-prohibited", 3, 10},
    {"communication-prohibited", 3, 13},
    {"source-quench", 4},
    {"redirect", 5},
    {"echo-request", 8},
    {"ping", 8},
    {"router-advertisement", 9},
    {"router-solicitation", 10},
    {"time-exceeded", 11},
    {"ttl-zero-during-transit", 11, 0},
    {"parameter-problem", 12},
    {"timestamp-request", 13},
    {"timestamp-reply", 14},
}};

constexpr std::array<IcmpName, 22> icmpv6_names{{
    {"destination-unreachable", 1},
    {"no-route", 1, 0},
    {"communication-prohibited", 1, 1},
    {"beyond-scope", 1, 2},
    {"address-unreachable", 1, 3},
    {"port-unreachable", 1, 4},
    {"failed-policy", 1, 5},
    {"reject-route", 1, 6},
    {"packet-too-big", 2},
    {"time-exceeded", 3},
    {"ttl-exceeded", 3},
    {"ttl-zero-during-transit", 3, 0},
    {"parameter-problem", 4},
    {"echo-request", 128},
    {"ping", 128},
    {"echo-reply", 129},
    {"pong", 129},
    {"router-solicitation", 133},
    {"router-advertisement", 134},
    {"neighbour-solicitation", 135},
    {"neighbour-advertisement", 136},
    {"redirect", 137},
}};

const Bit* find(std::span<const Bit> bits, std::string_view word) {
  const auto found = std::ranges::find(bits, word, &Bit::word);
  return found == bits.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> read_bits(std::span<const Bit> bits, std::string_view text) {
  std::uint32_t all = 0;
  for (const std::string_view word : split(text, ',')) {
    const Bit* bit = find(bits, word);
    if (!bit) return std::nullopt;
    all |= bit->bits;
  }
  return all;
}

std::optional<std::uint8_t> small_number(std::string_view text) {
  const auto value = number(text);
  return value && *value <= 255 ? std::optional(static_cast<std::uint8_t>(*value)) : std::nullopt;
}

/// The number of leading ones when nothing but zeroes follows.
std::optional<std::uint8_t> prefix_length(std::uint32_t mask) {
  const int ones = std::countl_one(mask);
  if (ones != std::popcount(mask)) return std::nullopt;
  return static_cast<std::uint8_t>(ones);
}

AddressMatch masked_address(const Address& address, const Address& mask) {
  const std::uint32_t bits = mask.ipv4_value();
  if (const auto length = prefix_length(bits))
    return {.range = addresses_of({.address = address, .length = *length})};
  return {.range = single(address.ipv4_value() & bits), .mask = model::value_of(bits)};
}

struct PortSpan {
  std::uint16_t low = 0;
  std::uint16_t high = 0;
};

std::optional<PortSpan> port_span(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) {
    const auto port = service_port(text);
    return port ? std::optional(PortSpan{*port, *port}) : std::nullopt;
  }
  const auto low = at == 0 ? std::optional<std::uint16_t>(0) : service_port(text.substr(0, at));
  const auto high = at + 1 == text.size() ? std::optional<std::uint16_t>(65535)
                                          : service_port(text.substr(at + 1));
  return low && high ? std::optional(PortSpan{*low, *high}) : std::nullopt;
}

/// "[2001:db8::1]", the brackets perhaps left out.
std::optional<Address> bare_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return Address::parse(text);
}

bool read_nat_addresses(std::string_view text, model::NatRange& range) {
  const auto ends = split(text, '-');
  range.min_address = bare_address(ends.front());
  range.max_address = bare_address(ends.back());
  return ends.size() <= 2 && range.min_address && range.max_address;
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<AddressMatch> read_iptables_address(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    const auto address = Address::parse(text);
    return address ? std::optional(AddressMatch{.range = single(model::value_of(*address))})
                   : std::nullopt;
  }
  if (const auto prefix = wire::Prefix::parse(text))
    return AddressMatch{.range = addresses_of(*prefix)};
  const auto address = Address::parse(text.substr(0, slash));
  const auto mask = Address::parse(text.substr(slash + 1));
  if (!address || !mask) return std::nullopt;
  return masked_address(*address, *mask);
}

std::optional<ValueRange> read_port_span(std::string_view text, char separator) {
  const auto span = port_span(text, separator);
  return span ? std::optional(between(span->low, span->high)) : std::nullopt;
}

std::optional<std::vector<ValueRange>> read_port_list(std::string_view text) {
  std::vector<ValueRange> ranges;
  for (const std::string_view part : split(text, ',')) {
    const auto range = read_port_span(part, ':');
    if (!range) return std::nullopt;
    ranges.push_back(*range);
  }
  return ranges;
}

std::optional<ValueRange> read_address_span(std::string_view text) {
  const auto ends = split(text, '-');
  const auto low = Address::parse(ends.front());
  const auto high = Address::parse(ends.back());
  if (ends.size() > 2 || !low || !high) return std::nullopt;
  return ValueRange{.low = model::value_of(*low), .high = model::value_of(*high)};
}

std::optional<MaskedNumber> read_masked(std::string_view text) {
  const auto parts = split(text, '/');
  const auto value = number(parts.front());
  if (!value || parts.size() > 2) return std::nullopt;
  if (parts.size() == 1) return MaskedNumber{.value = *value};
  const auto mask = number(parts.back());
  return mask ? std::optional(MaskedNumber{*value, *mask}) : std::nullopt;
}

std::optional<std::uint8_t> read_tcp_flags(std::string_view text) {
  const auto bits = read_bits(tcp_flags, text);
  return bits ? std::optional(static_cast<std::uint8_t>(*bits)) : std::nullopt;
}

std::optional<IcmpType> read_icmp_type(std::string_view text, IcmpVersion version) {
  if (text == "any") return IcmpType{};
  const std::span<const IcmpName> names =
      version == IcmpVersion::v6 ? std::span<const IcmpName>(icmpv6_names) : icmp_names;
  const auto named = std::ranges::find(names, text, &IcmpName::word);
  if (named != names.end()) return IcmpType{.type = named->type, .code = named->code};
  const auto parts = split(text, '/');
  IcmpType icmp{.type = small_number(parts.front())};
  if (parts.size() == 2) icmp.code = small_number(parts.back());
  const bool whole = parts.size() == 1 || (parts.size() == 2 && icmp.code);
  return icmp.type && whole ? std::optional(icmp) : std::nullopt;
}

std::optional<CtStates> read_ct_states(std::string_view text) {
  CtStates states;
  for (const std::string_view word : split(text, ',')) {
    const Bit* state = find(ct_states, word);
    const Bit* nat = find(nat_states, word);
    if (!state && !nat) return std::nullopt;
    if (state) states.state |= state->bits;
    if (nat) states.status |= nat->bits;
  }
  return states;
}

std::optional<std::uint32_t> read_ct_status(std::string_view text) {
  return read_bits(ct_statuses, text);
}

namespace {

/// Where the ports begin: IPv6 addresses have colons of their own, and brackets when ports follow.
std::size_t port_separator(std::string_view text) {
  const std::size_t bracket = text.rfind(']');
  if (bracket != std::string_view::npos) return text.find(':', bracket);
  const bool ipv6 = std::ranges::count(text, ':') > 1;
  return ipv6 ? std::string_view::npos : text.find(':');
}

}  // namespace

bool read_nat_target(std::string_view text, model::NatRange& range) {
  const std::size_t colon = port_separator(text);
  const std::string_view addresses = text.substr(0, colon);
  if (!addresses.empty() && !read_nat_addresses(addresses, range)) return false;
  return colon == std::string_view::npos || read_nat_ports(text.substr(colon + 1), range);
}

bool read_nat_ports(std::string_view text, model::NatRange& range) {
  const auto parts = split(text, '/');
  const auto span = port_span(parts.front(), '-');
  if (!span || parts.size() > 2) return false;
  range.min_port = span->low;
  range.max_port = span->high;
  if (parts.size() == 2) range.base_port = service_port(parts.back());
  return parts.size() == 1 || range.base_port;
}

bool read_netmap(std::string_view text, model::NatRange& range) {
  const char* whole = text.find(':') == std::string_view::npos ? "/32" : "/128";
  const auto prefix = wire::Prefix::parse(
      text.find('/') == std::string_view::npos ? std::string(text) + whole : std::string(text));
  if (!prefix) return false;
  const AddressSpan span = span_of(*prefix);
  range.min_address = span.first;
  range.max_address = span.last;
  return true;
}

}  // namespace natstep::harness
