// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/event.h"

#include "model/clause_names.h"
#include "model/held.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/router/fib.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace natstep::model {
namespace {

bool is_ipv6(const wire::Prefix& prefix) {
  return prefix.address.family == wire::AddressFamily::ipv6;
}

bool same_network(const wire::Prefix& a, const wire::Prefix& b) {
  return a.length == b.length && a.contains(b.address);
}

bool same_route(const Route& a, const Route& b) {
  return same_network(a.destination, b.destination) && a.type == b.type && a.port == b.port &&
         (!b.gateway || a.gateway == b.gateway);
}

void forget_routes_through(Topology& topology, PortId port) {
  std::erase_if(topology.routes, [&](const Route& route) { return route.port == port; });
}

/// nf_ct_iterate_cleanup_net with device_cmp or inet_cmp: the entries that masquerade mapped on
/// `port`, or only those that it mapped to `address`.
void forget_masqueraded(Step& step, PortId port, const std::optional<wire::Address>& address) {
  for (const Conn* conn : step.conntrack().entries()) {
    const bool mapped_there = conn->masquerade_port == port;
    const bool to_address = !address || conn->of(Direction::reply).dst == *address;
    if (mapped_there && to_address) step.conntrack().remove(const_cast<Conn&>(*conn));
  }
}

/// nf_ct_tcp_fixup: what passed while nobody was looking has moved the windows.
void forget_windows(Step& step, wire::AddressFamily family) {
  for (const Conn* entry : step.conntrack().entries()) {
    Conn& conn = const_cast<Conn&>(*entry);
    const Tuple& original = conn.of(Direction::original);
    const bool tcp = original.protocol == wire::ip_protocol::tcp && original.src.family == family;
    if (!tcp || conn.tcp.state != TcpState::established) continue;
    for (auto& seen : conn.tcp.seen)
      seen.max_win = 0;
  }
}

void greet_new_hooks(Step& step, const Registered& before, const Registered& now,
                     wire::AddressFamily family) {
  if (before.conntrack || !now.conntrack) return;
  if (step.holds(Clause::new_conntrack_hooks_forget_windows)) forget_windows(step, family);
}

using ChainName = std::tuple<RuleFamily, std::string, std::string>;

std::set<ChainName> base_chains(const Ruleset& rules) {
  std::set<ChainName> names;
  for (const Table& table : rules.tables) {
    for (const Chain& chain : table.chains)
      if (chain.base) names.emplace(table.family, table.name, chain.name);
  }
  return names;
}

/// __nf_unregister_net_hook.
bool hook_goes(const Ruleset& before, const Ruleset& now) {
  const auto goes = [](const Registered& had, const Registered& has) {
    return (had.conntrack && !has.conntrack) || (had.nat && !has.nat);
  };
  if (goes(before.ipv4, now.ipv4) || goes(before.ipv6, now.ipv6)) return true;
  const auto had = base_chains(before), has = base_chains(now);
  return !std::ranges::includes(has, had);
}

void empty_queues(Step& step, const Ruleset& before, const Ruleset& now) {
  if (step.state().held.empty() || !hook_goes(before, now)) return;
  if (step.holds(Clause::hook_that_goes_empties_the_queues)) drop_held(step);
}

/// nf_ct_netns_do_put: what collects fragments came with conntrack, and goes with it on kernels
/// that know how to (nf_defrag_ipv4_disable).
void end_collecting(Step& step, const Registered& before, Registered& now) {
  if (now.conntrack || !(before.conntrack || before.defrag)) return;
  now.defrag = !step.profile().collecting_ends_with_conntrack ||
               !step.holds(Clause::collecting_ends_with_conntrack);
}

/// Hooks go with the last rule that needs them, whatever the entries say.
void take_hooks_away(Step& step, const Registered& before, Registered& now) {
  end_collecting(step, before, now);
  const bool conntrack_goes = before.conntrack && !now.conntrack;
  const bool nat_goes = before.nat && !now.nat;
  if (!conntrack_goes && !nat_goes) return;
  if (!step.holds(Clause::translation_ends_with_its_hooks)) now = before;
}

void act_on(Step& step, const RulesChanged& event) {
  State& state = step.state();
  if (!step.holds(Clause::changed_rules_hold_from_the_next_packet)) return;
  if (!step.holds(Clause::changed_rules_leave_entries_alone)) state.conntrack.clear();
  const Ruleset before = std::exchange(state.rules, event.rules);
  empty_queues(step, before, state.rules);
  take_hooks_away(step, before.ipv4, state.rules.ipv4);
  take_hooks_away(step, before.ipv6, state.rules.ipv6);
  greet_new_hooks(step, before.ipv4, state.rules.ipv4, wire::AddressFamily::ipv4);
  greet_new_hooks(step, before.ipv6, state.rules.ipv6, wire::AddressFamily::ipv6);
}

void act_on(Step& step, const SettingsChanged& event) {
  if (!step.holds(Clause::changed_setting_holds_from_the_next_packet)) return;
  step.state().topology.settings = event.settings;
}

void add_address(Step& step, Port& port, const wire::Prefix& prefix) {
  if (step.holds(Clause::added_address_is_the_boxs)) port.addresses.push_back(prefix);
}

/// __inet_del_ifa: the addresses of the same network that came later were its secondaries. Returns
/// what is gone, the secondaries first.
std::vector<wire::Prefix> take_addresses(Step& step, Port& port, const wire::Prefix& prefix) {
  const auto same = [&](const wire::Prefix& own) { return same_network(own, prefix); };
  const auto primary = std::ranges::find_if(port.addresses, same);
  std::vector<wire::Prefix> gone;
  if (primary != port.addresses.end() && *primary == prefix &&
      step.holds(Clause::secondary_addresses_go_with_their_primary)) {
    std::ranges::copy_if(primary + 1, port.addresses.end(), std::back_inserter(gone), same);
  }
  gone.push_back(prefix);
  std::erase_if(port.addresses,
                [&](const wire::Prefix& own) { return std::ranges::count(gone, own) != 0; });
  return gone;
}

bool speaks_ipv4(const Port& port) {
  return std::ranges::any_of(port.addresses, [](const wire::Prefix& own) { return !is_ipv6(own); });
}

/// A port without addresses has IPv4 switched off (fib_disable_ip).
void remove_address(Step& step, PortId id, const wire::Prefix& prefix) {
  if (!step.holds(Clause::removed_address_is_not_the_boxs)) return;
  Topology& topology = step.state().topology;
  const std::vector<wire::Prefix> gone = take_addresses(step, topology.ports[id], prefix);
  if (!speaks_ipv4(topology.ports[id]) && step.holds(Clause::last_address_takes_the_routes_along)) {
    forget_routes_through(topology, id);
  }
  if (!step.holds(Clause::masquerade_forgets_a_removed_address)) return;
  for (const wire::Prefix& address : gone)
    forget_masqueraded(step, id, address.address);
}

/// A box that never had an IPv6 address is taken for one that has IPv6 switched off.
void miss_last_ipv6_address(Step& step) {
  if (!step.topology().speaks_ipv6()) step.unspecified(Missing::last_ipv6_address);
}

/// __ipv6_ifa_notify: each address stands for itself, and routes that were added stay.
void remove_ipv6_address(Step& step, PortId id, const wire::Prefix& prefix) {
  if (!step.holds(Clause::removed_ipv6_address_is_not_the_boxs)) return;
  std::erase(step.state().topology.ports[id].addresses, prefix);
  miss_last_ipv6_address(step);
  if (step.holds(Clause::masquerade_forgets_a_removed_ipv6_address))
    forget_masqueraded(step, id, prefix.address);
}

void act_on(Step& step, const AddressChanged& event) {
  Topology& topology = step.state().topology;
  if (event.change == Change::add && is_ipv6(event.prefix))
    step.unspecified(Missing::added_ipv6_address);
  if (event.change == Change::add) {
    add_address(step, topology.ports[event.port], event.prefix);
  } else if (is_ipv6(event.prefix)) {
    remove_ipv6_address(step, event.port, event.prefix);
  } else {
    remove_address(step, event.port, event.prefix);
  }
}

void act_on(Step& step, const LinkChanged& event) {
  Topology& topology = step.state().topology;
  Port& port = topology.ports[event.port];
  if (event.state == LinkState::up) {
    if (step.holds(Clause::link_up_restores_connected_routes)) port.link = LinkState::up;
    return;
  }
  if (!step.holds(Clause::link_down_keeps_its_addresses)) port.addresses.clear();
  if (std::ranges::any_of(port.addresses, is_ipv6) &&
      step.holds(Clause::link_down_takes_its_ipv6_addresses)) {
    std::erase_if(port.addresses, is_ipv6);
    miss_last_ipv6_address(step);
  }
  if (step.holds(Clause::link_down_takes_its_routes)) {
    port.link = LinkState::down;
    forget_routes_through(topology, event.port);
  }
  if (step.holds(Clause::link_down_ends_its_masquerades)) {
    forget_masqueraded(step, event.port, std::nullopt);
  }
}

void act_on(Step& step, const RouteChanged& event) {
  if (!step.holds(Clause::changed_route_holds_from_the_next_packet)) return;
  std::vector<Route>& routes = step.state().topology.routes;
  if (event.change == Change::add) {
    routes.push_back(event.route);
  } else {
    std::erase_if(routes, [&](const Route& route) { return same_route(route, event.route); });
  }
}

void act_on(Step& step, const EntryDeleted& event) {
  if (!step.holds(Clause::deleted_entry_is_forgotten)) return;
  const auto hit = step.conntrack().find_even_expired(event.tuple, event.zone);
  if (hit.conn != nullptr) step.conntrack().remove(*hit.conn);
}

void act_on(Step& step, const EntriesFlushed&) {
  if (step.holds(Clause::flush_forgets_every_entry)) step.conntrack().clear();
}

void act_on(Step& step, const EntryCreated& event) {
  create_entry(step, event);
}

void act_on(Step& step, const EntryUpdated& event) {
  update_entry(step, event);
}

void act_on(Step& step, const PacketReleased& event) {
  release(step, event);
}

}  // namespace

void happen(State& state, const Event& event, std::uint64_t at, Chooser& chooser, Prediction& out) {
  out.clear();
  out.fate = Fate::no_packet;
  Step step(state, chooser, out, at);
  std::visit([&](const auto& e) { act_on(step, e); }, event);
  prepare(state);
}

}  // namespace natstep::model
