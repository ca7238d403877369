// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/fib6.h"

#include "model/router/route_type.h"

#include <algorithm>
#include <functional>

namespace natstep::model {
namespace {

constexpr std::uint8_t whole_address = 128;
constexpr std::uint8_t shortest_without_anycast = 127;  // RFC 6164

bool is_ipv6(const wire::Prefix& prefix) {
  return prefix.address.family == wire::AddressFamily::ipv6;
}

wire::Address loopback_address() {
  wire::Address address{.family = wire::AddressFamily::ipv6};
  address.bytes.back() = 1;
  return address;
}

wire::Prefix all_of_multicast() {
  wire::Address address{.family = wire::AddressFamily::ipv6};
  address.bytes.front() = 0xff;
  return {.address = address, .length = 8};
}

wire::Address without_host_bits(const wire::Prefix& prefix) {
  wire::Address network = prefix.address;
  for (std::size_t bit = prefix.length; bit < whole_address; ++bit) {
    network.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> (bit % 8)));
  }
  return network;
}

Fib6Entry own_address(const wire::Address& address, PortId port) {
  return {.destination = {.address = address, .length = whole_address},
          .kind = RouteKind::local,
          .out = port,
          .own = true};
}

/// What an address of a port brings: itself, its prefix, and in a router the anycast address.
void add_address(std::vector<Fib6Entry>& entries, const wire::Prefix& prefix, PortId port,
                 const Settings& settings) {
  entries.push_back(own_address(prefix.address, port));
  if (prefix.length == whole_address) return;
  const wire::Address network = without_host_bits(prefix);
  entries.push_back({.destination = {.address = network, .length = prefix.length},
                     .kind = RouteKind::forward,
                     .out = port});
  if (!settings.ipv6_forwarding || prefix.length >= shortest_without_anycast) return;
  entries.push_back({.destination = {.address = network, .length = whole_address},
                     .kind = RouteKind::local,
                     .out = port});
}

}  // namespace

Fib6 Fib6::compile(const Topology& topology) {
  Fib6 fib;
  fib.entries_.push_back(own_address(loopback_address(), loopback_port));
  for (std::size_t i = 0; i < topology.ports.size(); ++i) {
    const auto port = static_cast<PortId>(i);
    fib.entries_.push_back(
        {.destination = all_of_multicast(), .kind = RouteKind::broadcast, .out = port});
    for (const wire::Prefix& prefix : topology.ports[i].addresses) {
      if (is_ipv6(prefix)) add_address(fib.entries_, prefix, port, topology.settings);
    }
  }
  for (const Route& route : topology.routes) {
    if (!is_ipv6(route.destination)) continue;
    fib.entries_.push_back({.destination = route.destination,
                            .kind = kind_of(route.type),
                            .out = route.port,
                            .gateway = route.gateway});
  }
  std::ranges::stable_sort(fib.entries_, std::greater{},
                           [](const Fib6Entry& entry) { return entry.destination.length; });
  return fib;
}

const Fib6Entry& Fib6::find(const wire::Address& destination, std::optional<PortId> through) const {
  const auto found = std::ranges::find_if(entries_, [&](const Fib6Entry& entry) {
    return (!through || entry.out == *through) && entry.destination.contains(destination);
  });
  return found == entries_.end() ? none_ : *found;
}

bool Fib6::is_own(const wire::Address& address) const {
  return std::ranges::any_of(entries_, [&](const Fib6Entry& entry) {
    return entry.own && entry.destination.address == address;
  });
}

bool Fib6::is_anycast(const wire::Address& address) const {
  return std::ranges::any_of(entries_, [&](const Fib6Entry& entry) {
    return entry.kind == RouteKind::local && !entry.own && entry.destination.address == address;
  });
}

}  // namespace natstep::model
