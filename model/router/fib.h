// SPDX-License-Identifier: GPL-2.0-or-later
// The forwarding information base: the box's addresses, broadcast addresses, connected prefixes and
// routes as one list, in the order in which they win. Source: net/ipv4/fib_frontend.c
// (fib_add_ifaddr), net/ipv4/fib_trie.c.
#pragma once

#include "model/profile.h"
#include "model/router/route_kind.h"
#include "model/topology.h"
#include "model/wire/address.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace natstep::model {

/// One way. Addresses are IPv4, host order.
struct FibEntry {
  std::uint32_t network = 0;
  std::uint32_t mask = 0;
  RouteKind kind = RouteKind::no_route;
  PortId out = no_port;
  std::optional<wire::Address> gateway{};
  std::optional<std::uint32_t> source{};  // the address that made a local or connected entry

  [[nodiscard]] bool matches(std::uint32_t address) const { return (address & mask) == network; }
};

class Fib {
 public:
  static Fib compile(const Topology& topology, const Profile& profile);

  /// The entry that wins for `destination`; the one that says so when there is no route.
  [[nodiscard]] const FibEntry& find(std::uint32_t destination) const;
  /// The shortest prefix that matches: what --break of longest_prefix_wins gives.
  [[nodiscard]] const FibEntry& find_shortest(std::uint32_t destination) const;
  /// Whether `address` is one that the box has, 127.0.0.1 included.
  [[nodiscard]] bool is_own(std::uint32_t address) const;

 private:
  std::vector<FibEntry> local_;  // the box's addresses, 127/8, broadcast addresses
  std::vector<FibEntry> main_;   // the longest prefix first
  FibEntry none_;
};

/// The network mask of a prefix length.
constexpr std::uint32_t mask_of(std::uint8_t length) {
  return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
}

}  // namespace natstep::model
