// SPDX-License-Identifier: GPL-2.0-or-later
// Which address the box gives to what it sends: RFC 6724 section 5, as far as addresses without
// lifetimes go. Source: net/ipv6/addrconf.c, ipv6_dev_get_saddr and ipv6_get_saddr_eval;
// net/ipv6/addrlabel.c.
#include "model/clause_names.h"
#include "model/packet.h"
#include "model/router/ipv6_route.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>
#include <vector>

namespace natstep::model {
namespace {

using namespace ipv6_address;

constexpr int node_scope = 1;
constexpr int link_scope = 2;
constexpr int site_scope = 5;
constexpr int global_scope = 14;

bool is_site_local(const wire::Address& a) {
  return a.bytes[0] == 0xfe && (a.bytes[1] & 0xc0) == 0xc0;
}

int scope_of(const wire::Address& a) {
  if (is_multicast(a)) return multicast_scope(a);
  if (is_link_local(a) || is_loopback(a)) return link_scope;
  return is_site_local(a) ? site_scope : global_scope;
}

/// A line of the policy table (RFC 6724 section 2.1; net/ipv6/addrlabel.c ip6addrlbl_init_table).
struct Label {
  std::string_view prefix;
  int label;
};
constexpr std::array<Label, 10> labels{{
    {"::1/128", 0},
    {"::ffff:0:0/96", 4},
    {"::/96", 3},
    {"2001::/32", 6},
    {"2001:10::/28", 7},
    {"2002::/16", 2},
    {"3ffe::/16", 12},
    {"fec0::/10", 11},
    {"fc00::/7", 5},
    {"::/0", 1},
}};

int label_of(const wire::Address& a) {
  static const auto prefixes = [] {
    std::array<wire::Prefix, labels.size()> parsed;
    std::ranges::transform(labels, parsed.begin(), [](const Label& line) {
      return wire::Prefix::parse(line.prefix).value_or(wire::Prefix{});
    });
    return parsed;
  }();
  const auto found = std::ranges::find_if(
      prefixes, [&](const wire::Prefix& prefix) { return prefix.contains(a); });
  return labels[static_cast<std::size_t>(found - prefixes.begin())].label;
}

int common_bits(const wire::Address& a, const wire::Address& b) {
  int bits = 0;
  for (std::size_t i = 0; i < a.bytes.size(); ++i) {
    const auto differing = static_cast<std::uint8_t>(a.bytes[i] ^ b.bytes[i]);
    bits += std::countl_zero(differing);
    if (differing != 0) break;
  }
  return bits;
}

/// Rule 2: of scopes that reach the destination the smallest, else the greatest.
int scope_distance(const wire::Address& source, const wire::Address& destination) {
  constexpr int short_of_it = 128;
  const int scope = scope_of(source);
  return scope >= scope_of(destination) ? -scope : scope - short_of_it;
}

struct Candidate {
  wire::Prefix prefix;
  PortId port = no_port;
};

/// How a candidate does by each rule; compared like words in a dictionary.
using Score = std::array<int, 5>;

Score score_of(Step& step, const Candidate& candidate, const wire::Address& destination,
               PortId port) {
  const wire::Address& source = candidate.prefix.address;
  const bool by_port = step.holds(Clause::source_of_outgoing_port_is_preferred);
  const bool by_label = step.holds(Clause::source_with_matching_label_is_preferred);
  const bool by_prefix = step.holds(Clause::source_with_longest_common_prefix_is_preferred);
  return {source == destination ? 1 : 0, scope_distance(source, destination),
          by_port && candidate.port == port ? 1 : 0,
          by_label && label_of(source) == label_of(destination) ? 1 : 0,
          by_prefix ? std::min<int>(common_bits(source, destination), candidate.prefix.length) : 0};
}

/// A port's list: the wider scopes first, the latest first among equals (ipv6_link_dev_addr).
std::vector<wire::Prefix> addresses_of(const Topology& topology, PortId port) {
  std::vector<wire::Prefix> list;
  for (const wire::Prefix& prefix : topology.ports[port].addresses) {
    if (prefix.address.family != wire::AddressFamily::ipv6) continue;
    const int scope = scope_of(prefix.address);
    const auto place = std::ranges::find_if(
        list, [&](const wire::Prefix& other) { return scope >= scope_of(other.address); });
    list.insert(place, prefix);
  }
  return list;
}

/// For a destination on one link only that link's addresses count.
std::vector<Candidate> candidates(const Topology& topology, const wire::Address& destination,
                                  PortId port) {
  const bool only_port = is_multicast(destination) || scope_of(destination) <= link_scope;
  std::vector<Candidate> all;
  if (!only_port || port == loopback_port) {
    all.push_back({.prefix = {.address = loopback(), .length = 128}, .port = loopback_port});
  }
  for (PortId id = 0; id < topology.ports.size(); ++id) {
    if (only_port && id != port) continue;
    for (const wire::Prefix& prefix : addresses_of(topology, id))
      all.push_back({.prefix = prefix, .port = id});
  }
  return all;
}

bool is_ipv4_compatible(const wire::Address& a) {
  const auto prefix = std::span(a.bytes).first<12>();
  return std::ranges::all_of(prefix, [](auto byte) { return byte == 0; }) && !is_unspecified(a) &&
         !is_loopback(a);
}

/// What IPV6_ADDR_SCOPE_MASK leaves of ipv6_addr_type: a word for each of four kinds. Global
/// addresses, and groups of any other scope, are of none.
enum class ScopeKind : std::uint8_t { none, loopback, link, site, ipv4_compatible };

ScopeKind scope_kind(const wire::Address& a) {
  if (is_multicast(a)) {
    switch (multicast_scope(a)) {
      case node_scope:
        return ScopeKind::loopback;
      case link_scope:
        return ScopeKind::link;
      case site_scope:
        return ScopeKind::site;
      default:
        return ScopeKind::none;
    }
  }
  if (is_loopback(a)) return ScopeKind::loopback;
  if (is_link_local(a)) return ScopeKind::link;
  if (is_site_local(a)) return ScopeKind::site;
  return is_ipv4_compatible(a) ? ScopeKind::ipv4_compatible : ScopeKind::none;
}

/// nf_nat_redirect_ipv6_usable.
bool scope_fits(const wire::Address& address, const wire::Address& destination) {
  const ScopeKind wanted = scope_kind(destination);
  return wanted == ScopeKind::none || wanted == scope_kind(address);
}

}  // namespace

std::optional<wire::Address> select_source_ipv6(Step& step, const wire::Address& destination,
                                                PortId port) {
  const auto all = candidates(step.topology(), destination, port);
  const Candidate* best = nullptr;
  Score highest{};
  for (const Candidate& candidate : all) {
    const Score score = score_of(step, candidate, destination, port);
    if (best != nullptr && score <= highest) continue;
    best = &candidate;
    highest = score;
  }
  return best == nullptr ? std::nullopt : std::optional(best->prefix.address);
}

/// nf_nat_redirect_ipv6_usable.
bool is_usable(Step& step, const wire::Address& address, const wire::Address& destination) {
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool is_mapped = std::equal(mapped.begin(), mapped.end(), address.bytes.begin());
  if (is_mapped && step.holds(Clause::ipv6_redirect_passes_over_mapped_addresses)) return false;
  return scope_fits(address, destination);
}

std::optional<wire::Address> redirect_address_ipv6(Step& step, PortId port,
                                                   const wire::Address& destination) {
  if (port == loopback_port) return loopback();
  if (port >= step.topology().ports.size()) return std::nullopt;
  const auto list = addresses_of(step.topology(), port);
  if (list.empty()) return std::nullopt;
  if (list.size() > 1 && !step.holds(Clause::ipv6_redirect_uses_the_latest_address)) {
    return list.back().address;
  }
  const auto fitting = std::ranges::find_if(
      list, [&](const wire::Prefix& own) { return is_usable(step, own.address, destination); });
  return fitting == list.end() ? std::nullopt : std::optional(fitting->address);
}

}  // namespace natstep::model
