// SPDX-License-Identifier: GPL-2.0-or-later
// What a scenario says about the box itself: the topologies to start from, and the lines that
// change them.
#pragma once

#include "model/topology.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace natstep::harness {

/// The names that `topology` knows.
std::span<const std::string_view> topology_names();

/// The box to start from; nothing for a name that is not in topology_names().
///   router: lan 10.0.1.1/24, wan 203.0.113.1/24, dmz 10.0.2.1/24, default route via 203.0.113.254
///   host:    wan 203.0.113.1/24, the same default route
///   router6, host6: the same, with lan fd00:1::1/64, wan 2001:db8:203::1/64, dmz fd00:2::1/64 and
///   a default route via 2001:db8:203::fe as well
std::optional<model::Topology> default_topology(std::string_view name);

/// Gives the port `name` these addresses and this MTU, or adds it. Gateways that can no longer be
/// reached take their routes along.
void set_port(model::Topology& topology, model::Port port);

/// Adds an address to the port. False when there is no such port.
bool add_address(model::Topology& topology, std::string_view name, const wire::Prefix& address);

/// Adds a route; the one to the same destination goes.
void set_route(model::Topology& topology, model::Route route);

/// True when the route's gateway, if it has one, is a neighbour of its port.
bool reachable(const model::Topology& topology, const model::Route& route);

/// The routes that remain when the ports are those of `topology` and no line speaks of routes: what
/// need not be printed.
std::vector<model::Route> implied_routes(const model::Topology& start,
                                         const model::Topology& topology);

/// True when the value of `key` (dotted) is one of model::Settings. Of other sysctls the model does
/// not know what they change.
bool model_knows_sysctl(std::string_view key);

/// Brings a `sysctl` line into the settings; a key that the model does not know changes nothing.
/// The error says what is wrong with the value.
tl::expected<void, std::string> apply_sysctl(model::Settings& settings, std::string_view key,
                                             std::string_view value);

/// The keys that the model knows, for suggestions.
std::span<const std::string_view> known_sysctls();

}  // namespace natstep::harness
