// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/events.h"

#include "fuzz/entry_events.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace natstep::fuzz {
namespace {

using harness::Change;
using Text = std::string_view;

template <typename Table>
const auto& at(const Table& table, std::size_t index) {
  return table[index % table.size()];
}

// ---- the box itself

struct Setting {
  Text key, value;
};
constexpr std::array<Setting, 14> settings{
    {{"net.netfilter.nf_conntrack_udp_timeout", "77"},
     {"net.netfilter.nf_conntrack_tcp_be_liberal", "1"},
     {"net.netfilter.nf_conntrack_tcp_loose", "0"},
     {"net.netfilter.nf_conntrack_udp_timeout_stream", "99"},
     {"net.netfilter.nf_conntrack_checksum", "0"},
     {"net.netfilter.nf_conntrack_tcp_timeout_established", "1234"},
     {"net.netfilter.nf_conntrack_icmp_timeout", "9"},
     {"net.netfilter.nf_conntrack_tcp_ignore_invalid_rst", "1"},
     {"net.netfilter.nf_conntrack_tcp_max_retrans", "1"},
     {"net.netfilter.nf_conntrack_generic_timeout", "55"},
     // From here on other things than conntrack change.
     {"net.ipv4.ip_forward", "0"},
     {"net.ipv4.conf.all.route_localnet", "1"},
     {"net.ipv4.ip_default_ttl", "77"},
     {"net.ipv4.conf.all.accept_source_route", "1"}}};
constexpr std::size_t cheap_settings = 10;

struct AddressPart {
  Change change{};
  Text port, prefix;
};
constexpr std::array<AddressPart, 11> addresses{{{Change::del, "wan", "203.0.113.1/24"},
                                                 {Change::add, "wan", "203.0.113.7/24"},
                                                 {Change::del, "wan", "2001:db8:203::1/64"},
                                                 {Change::add, "lan", "10.0.1.8/24"},
                                                 {Change::del, "wan", "203.0.113.7/24"},
                                                 {Change::del, "lan", "10.0.1.1/24"},
                                                 {Change::add, "dmz", "198.18.0.1/24"},
                                                 {Change::del, "dmz", "10.0.2.1/24"},
                                                 {Change::add, "wan", "203.0.113.1/24"},
                                                 {Change::del, "lan", "fd00:1::1/64"},
                                                 {Change::add, "lan", "192.0.2.77/32"}}};

struct LinkPart {
  Text port;
  model::LinkState state{};
};
constexpr std::array<LinkPart, 6> links{{{"wan", model::LinkState::down},
                                         {"wan", model::LinkState::up},
                                         {"lan", model::LinkState::down},
                                         {"dmz", model::LinkState::down},
                                         {"lan", model::LinkState::up},
                                         {"dmz", model::LinkState::up}}};

struct RoutePart {
  Change change{};
  Text destination;
  Text gateway = {};
  Text port = {};
  model::RouteType type = model::RouteType::unicast;
};
constexpr std::array<RoutePart, 9> routes{
    {{.destination = "198.51.100.0/24", .gateway = "10.0.2.254", .port = "dmz"},
     {.destination = "198.51.100.0/24", .type = model::RouteType::blackhole},
     {.change = Change::del, .destination = "0.0.0.0/0", .gateway = "203.0.113.254", .port = "wan"},
     {.destination = "2001:db8:5::/64", .gateway = "fd00:2::254", .port = "dmz"},
     {.destination = "10.0.1.0/26", .gateway = "10.0.2.254", .port = "dmz"},
     {.destination = "198.51.100.9/32", .type = model::RouteType::unreachable},
     {.change = Change::del,
      .destination = "198.51.100.0/24",
      .gateway = "10.0.2.254",
      .port = "dmz"},
     {.destination = "2001:db8:5::9/128", .type = model::RouteType::unreachable},
     {.destination = "198.51.100.0/24", .type = model::RouteType::prohibit}}};

// Some name what a box may not have: there nothing happens.
constexpr std::array<Text, 14> rule_changes{
    "flush ruleset\n",
    "flush chain ip nat post\n",
    "delete table ip nat\n",
    "table ip nat { chain later { type nat hook prerouting priority dstnat; udp dport 53 dnat to "
    "10.0.2.8:5353; tcp dport 80 dnat to 10.0.2.8:8080; } }\n",
    "table ip filter { chain later { type filter hook forward priority filter; udp dport 53 drop; "
    "} }\n",
    "flush ruleset\ntable ip nat { chain post { type nat hook postrouting priority srcnat; oifname "
    "\"wan\" masquerade; } }\n",
    "delete table ip filter\n",
    "flush chain ip nat pre\n",
    "table ip nat { chain later { type nat hook postrouting priority srcnat; oifname \"wan\" snat "
    "to 203.0.113.7; } }\n",
    "table ip filter { chain later { type filter hook prerouting priority raw; notrack; } }\n",
    "delete table ip6 nat\n",
    "table ip6 nat { chain later { type nat hook postrouting priority srcnat; oifname \"wan\" "
    "masquerade; } }\n",
    "table ip filter { chain later { type filter hook forward priority filter; ct state "
    "established drop; } }\n",
    "flush chain ip filter forward\n"};

std::optional<harness::Event> address_event(const AddressPart& part) {
  const auto prefix = wire::Prefix::parse(part.prefix);
  if (!prefix) return std::nullopt;
  return harness::AddressEvent{
      .change = part.change, .port = std::string(part.port), .prefix = *prefix};
}

std::optional<harness::Event> route_event(const RoutePart& part, const model::Topology& topology) {
  const auto destination = wire::Prefix::parse(part.destination);
  if (!destination) return std::nullopt;
  model::Route route{
      .destination = *destination, .gateway = std::nullopt, .port = {}, .type = part.type};
  route.gateway = wire::Address::parse(part.gateway);
  route.port = topology.find_port(part.port).value_or(model::no_port);
  return harness::RouteEvent{.change = part.change, .route = route};
}

/// What the event of this op is where it names no port that is missing.
std::optional<harness::Event> change_of_box(const Op& op, const model::Topology& topology) {
  switch (event_kind(op)) {
    case EventKind::setting_changed: {
      const Setting& setting = at(settings, op.content);
      return harness::SysctlLine{.key = std::string(setting.key),
                                 .value = std::string(setting.value)};
    }
    case EventKind::address_changed:
      return address_event(at(addresses, op.content));
    case EventKind::link_changed: {
      const LinkPart& link = at(links, op.content);
      return harness::LinkEvent{.port = std::string(link.port), .state = link.state};
    }
    case EventKind::route_changed:
      return route_event(at(routes, op.content), topology);
    case EventKind::rules_changed:
      return harness::RulesBlock{.tool = netns::RuleTool::nft,
                                 .text = "\n" + std::string(at(rule_changes, op.content))};
    default:
      return harness::FlushEntriesEvent{};
  }
}

bool fits(const harness::Event& event, const model::Topology& topology) {
  const auto family_is_there = [&](const wire::Address& address) {
    return address.family != wire::AddressFamily::ipv6 || topology.speaks_ipv6();
  };
  if (const auto* address = std::get_if<harness::AddressEvent>(&event))
    return topology.find_port(address->port) && family_is_there(address->prefix.address);
  if (const auto* link = std::get_if<harness::LinkEvent>(&event))
    return topology.find_port(link->port).has_value();
  if (const auto* route = std::get_if<harness::RouteEvent>(&event)) {
    const bool way =
        route->route.type != model::RouteType::unicast || route->route.port != model::no_port;
    return way && family_is_there(route->route.destination.address);
  }
  return true;
}

}  // namespace

EventKind event_kind(const Op& op) {
  return static_cast<EventKind>(op.kind % event_kind_count);
}

EventChoices event_choices(EventKind kind) {
  const auto cheap = [](std::size_t count) { return EventChoices{.all = count, .cheap = count}; };
  const auto dear = [](std::size_t count) { return EventChoices{.all = count, .cheap = 0}; };
  switch (kind) {
    case EventKind::entry_removed:
      return cheap(1);
    case EventKind::entry_changed:
      return cheap(entry_changes());
    case EventKind::entry_made:
      return cheap(entry_makings());
    case EventKind::packet_released:
      return cheap(queue_releases());
    case EventKind::setting_changed:
      return {.all = settings.size(), .cheap = cheap_settings};
    case EventKind::entries_flushed:
      return dear(1);
    case EventKind::address_changed:
      return dear(addresses.size());
    case EventKind::link_changed:
      return dear(links.size());
    case EventKind::route_changed:
      return dear(routes.size());
    case EventKind::rules_changed:
      break;
  }
  return dear(rule_changes.size());
}

bool costs_a_box(const Op& op) {
  const EventChoices choices = event_choices(event_kind(op));
  return op.content % choices.all >= choices.cheap;
}

std::optional<harness::Event> event_of(const Op& op, const Spoken& about,
                                       const model::Topology& topology) {
  switch (event_kind(op)) {
    case EventKind::entry_removed:
      return removed_entry(about);
    case EventKind::entry_changed:
      return changed_entry(op, about);
    case EventKind::entry_made:
      return made_entry(op, topology);
    case EventKind::packet_released:
      return released_packet(op, about);
    default:
      break;
  }
  auto event = change_of_box(op, topology);
  return event && fits(*event, topology) ? std::move(event) : std::nullopt;
}

}  // namespace natstep::fuzz
