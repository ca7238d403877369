// SPDX-License-Identifier: GPL-2.0-or-later
// A conversation in the words of iproute2, nft and bytes, as reproducer/base.py plays it.
#pragma once

#include "harness/finding/chosen.h"
#include "harness/lockstep/outcome.h"
#include "harness/scenario/scenario.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace natstep::harness {

/// The steps up to `last`, with the bytes that were sent.
nlohmann::ordered_json steps_for_python(const Scenario& scenario, const Outcome& outcome,
                                        std::size_t last, const ChosenValues& chosen);
/// The queues of user space that the steps release packets from.
nlohmann::ordered_json queues_in(const nlohmann::ordered_json& steps);

/// What follows `ip route add`: "198.51.100.0/24 via 203.0.113.9 dev wan".
std::string route_for_ip(const model::Topology& topology, const model::Route& route);
/// Which programs read what: nft its own words, iptables-restore the lines by table.
std::vector<std::pair<std::string, std::string>> rules_for_tools(const RulesBlock& block);

}  // namespace natstep::harness
