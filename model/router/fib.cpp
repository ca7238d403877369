// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/fib.h"

#include "model/router/route_type.h"

#include <algorithm>

namespace natstep::model {
namespace {

constexpr std::uint32_t loopback_address = 0x7f000001;
constexpr std::uint8_t loopback_length = 8;
constexpr std::uint8_t shortest_with_broadcast = 31;

bool is_ipv4(const wire::Prefix& prefix) {
  return prefix.address.family == wire::AddressFamily::ipv4;
}

FibEntry own_address(std::uint32_t address) {
  return {.network = address,
          .mask = mask_of(32),
          .kind = RouteKind::local,
          .out = loopback_port,
          .source = address};
}

FibEntry broadcast_address(std::uint32_t address) {
  return {.network = address, .mask = mask_of(32), .kind = RouteKind::broadcast};
}

/// What an interface address brings into the local table. Old kernels make the network address a
/// broadcast address as well.
void add_local(std::vector<FibEntry>& local, const wire::Prefix& prefix, const Profile& profile) {
  const std::uint32_t address = prefix.address.ipv4_value();
  local.push_back(own_address(address));
  if (prefix.length >= shortest_with_broadcast) return;
  const std::uint32_t mask = mask_of(prefix.length);
  local.push_back(broadcast_address(address | ~mask));
  if (!profile.network_address_is_unicast) {
    local.push_back(broadcast_address(address & mask));
  }
}

FibEntry connected(const wire::Prefix& prefix, PortId port) {
  const std::uint32_t address = prefix.address.ipv4_value();
  const std::uint32_t mask = mask_of(prefix.length);
  return {.network = address & mask,
          .mask = mask,
          .kind = RouteKind::forward,
          .out = port,
          .source = address};
}

FibEntry routed(const Route& route) {
  const std::uint32_t mask = mask_of(route.destination.length);
  return {.network = route.destination.address.ipv4_value() & mask,
          .mask = mask,
          .kind = kind_of(route.type),
          .out = route.port,
          .gateway = route.gateway};
}

}  // namespace

Fib Fib::compile(const Topology& topology, const Profile& profile) {
  Fib fib;
  for (std::size_t i = 0; i < topology.ports.size(); ++i) {
    const Port& port = topology.ports[i];
    for (const wire::Prefix& prefix : port.addresses) {
      if (!is_ipv4(prefix)) continue;
      if (port.link == LinkState::down) {
        fib.local_.push_back(own_address(prefix.address.ipv4_value()));
        continue;
      }
      add_local(fib.local_, prefix, profile);
      if (prefix.length < 32) fib.main_.push_back(connected(prefix, static_cast<PortId>(i)));
    }
  }
  add_local(fib.local_,
            {.address = wire::Address::ipv4(loopback_address), .length = loopback_length}, profile);
  // An address of the box wins over a broadcast address that is the same.
  std::ranges::stable_sort(fib.local_, {}, &FibEntry::kind);
  fib.local_.push_back({.network = loopback_address & mask_of(loopback_length),
                        .mask = mask_of(loopback_length),
                        .kind = RouteKind::local,
                        .out = loopback_port,
                        .source = loopback_address});
  for (const Route& route : topology.routes) {
    if (is_ipv4(route.destination)) fib.main_.push_back(routed(route));
  }
  std::ranges::stable_sort(fib.main_, std::greater{}, &FibEntry::mask);
  return fib;
}

const FibEntry& Fib::find(std::uint32_t destination) const {
  for (const std::vector<FibEntry>* table : {&local_, &main_}) {
    for (const FibEntry& entry : *table) {
      if (entry.matches(destination)) return entry;
    }
  }
  return none_;
}

const FibEntry& Fib::find_shortest(std::uint32_t destination) const {
  for (const FibEntry& entry : local_) {
    if (entry.matches(destination)) return entry;
  }
  for (auto entry = main_.rbegin(); entry != main_.rend(); ++entry) {
    if (entry->matches(destination)) return *entry;
  }
  return none_;
}

bool Fib::is_own(std::uint32_t address) const {
  return std::ranges::any_of(local_, [&](const FibEntry& entry) {
    return entry.kind == RouteKind::local && entry.network == address && entry.mask == mask_of(32);
  });
}

}  // namespace natstep::model
