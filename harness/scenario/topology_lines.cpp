// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/scenario/topology_lines.h"

#include <algorithm>
#include <array>
#include <utility>

namespace natstep::harness {
namespace {

constexpr std::array<std::string_view, 4> names{"router", "host", "router6", "host6"};

wire::Prefix prefix(std::uint32_t address, std::uint8_t length) {
  return wire::Prefix{.address = wire::Address::ipv4(address), .length = length};
}

model::Port port(std::string name, wire::Prefix address) {
  return model::Port{.name = std::move(name), .addresses = {address}};
}

model::Route default_route(model::PortId through) {
  return model::Route{
      .destination = prefix(0, 0), .gateway = wire::Address::ipv4(0xcb0071fe), .port = through};
}

wire::Prefix prefix(std::string_view text) {
  return wire::Prefix::parse(text).value_or(wire::Prefix{});
}

/// The same box with addresses of both families: 2001:db8::/32 is for documentation (RFC 3849), and
/// fd00::/8 is what RFC 1918 is to IPv4 (RFC 4193).
void add_ipv6(model::Topology& topology) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> addresses{
      {{"lan", "fd00:1::1/64"}, {"wan", "2001:db8:203::1/64"}, {"dmz", "fd00:2::1/64"}}};
  for (const auto& [name, address] : addresses)
    add_address(topology, name, prefix(address));
  topology.routes.push_back({.destination = prefix("::/0"),
                             .gateway = wire::Address::parse("2001:db8:203::fe"),
                             .port = topology.find_port("wan").value_or(model::no_port)});
}

bool on_link(const model::Port& port, const wire::Address& gateway) {
  return std::ranges::any_of(port.addresses,
                             [&](const wire::Prefix& own) { return own.contains(gateway); });
}

/// The kernel refuses a gateway that no address of the port makes neighbours with, and so would the
/// harness' own route.
void drop_unreachable(const model::Topology& topology, std::vector<model::Route>& routes) {
  std::erase_if(routes, [&](const model::Route& route) { return !reachable(topology, route); });
}

}  // namespace

bool reachable(const model::Topology& topology, const model::Route& route) {
  if (!route.gateway) return true;
  return route.port < topology.ports.size() && on_link(topology.ports[route.port], *route.gateway);
}

std::span<const std::string_view> topology_names() {
  return names;
}

std::optional<model::Topology> default_topology(std::string_view name) {
  if (name.ends_with('6')) {
    auto topology = default_topology(name.substr(0, name.size() - 1));
    if (topology) add_ipv6(*topology);
    return topology;
  }
  const model::Port wan = port("wan", prefix(0xcb007101, 24));
  model::Topology topology;
  if (name == "router") {
    topology.ports = {port("lan", prefix(0x0a000101, 24)), wan,
                      port("dmz", prefix(0x0a000201, 24))};
    topology.routes = {default_route(1)};
  } else if (name == "host") {
    topology.ports = {wan};
    topology.routes = {default_route(0)};
  } else {
    return std::nullopt;
  }
  return topology;
}

void set_port(model::Topology& topology, model::Port port) {
  const auto existing = topology.find_port(port.name);
  if (existing) {
    topology.ports[*existing] = std::move(port);
  } else {
    topology.ports.push_back(std::move(port));
  }
  drop_unreachable(topology, topology.routes);
}

bool add_address(model::Topology& topology, std::string_view name, const wire::Prefix& address) {
  const auto existing = topology.find_port(name);
  if (existing) topology.ports[*existing].addresses.push_back(address);
  return existing.has_value();
}

void set_route(model::Topology& topology, model::Route route) {
  std::erase_if(topology.routes,
                [&](const model::Route& old) { return old.destination == route.destination; });
  topology.routes.push_back(std::move(route));
}

std::vector<model::Route> implied_routes(const model::Topology& start,
                                         const model::Topology& topology) {
  std::vector<model::Route> routes = start.routes;
  drop_unreachable(topology, routes);
  return routes;
}

}  // namespace natstep::harness
