// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/box.h"

#include "netns/error.h"
#include "netns/ip_counters.h"
#include "netns/rules_iptables.h"
#include "netns/sysctl.h"
#include "netns/topology.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

namespace natstep::netns {
namespace {

std::vector<TunPort> furnish(const TopologySpec& topology) {
  if (!speaks_ipv6(topology)) {
    write_default_sysctls(Families::ipv4);
    return build_topology(topology);
  }
  write_default_sysctls(Families::ipv4_and_ipv6);
  auto ports = build_topology(topology);
  forward_ipv6();
  return ports;
}

bool is_ipv6(wire::ByteView packet) {
  return !packet.empty() && packet.front() >> 4 == 6;
}

/// IPPROTO_RAW brings its own header in either family (raw(7), ipv6(7)).
UniqueFd open_raw_socket(int family) {
  UniqueFd socket(::socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW));
  const int on = 1;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on) != 0) {
    throw_failed("raw socket", errno);
  }
  return socket;
}

/// A packet that the box lost on its way out was sent all the same, and its sender is told why:
/// EPERM when LOCAL_OUT dropped it (nf_hook_slow), the others when the routes have no way for it,
/// before LOCAL_OUT (ip_route_output_flow) or behind (ip_route_me_harder).
bool was_handled(int error) {
  return error == EPERM || error == ENETUNREACH || error == EHOSTUNREACH;
}

/// raw(7): the packet is routed by the address given here. One too short to have a destination is
/// left to the kernel to refuse.
sockaddr_in destination_of(wire::ByteView packet) {
  constexpr std::size_t destination_offset = 16;  // RFC 791 section 3.1
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (packet.size() >= destination_offset + 4) {
    std::memcpy(&address.sin_addr, packet.data() + destination_offset, 4);
  }
  return address;
}

sockaddr_in6 ipv6_destination_of(wire::ByteView packet) {
  constexpr std::size_t destination_offset = 24;  // RFC 8200 section 3
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  if (packet.size() >= destination_offset + 16) {
    std::memcpy(&address.sin6_addr, packet.data() + destination_offset, 16);
  }
  return address;
}

template <typename Address>
ssize_t send_to(const UniqueFd& socket, wire::ByteView packet, const Address& to) {
  return ::sendto(socket.get(), packet.data(), packet.size(), 0,
                  reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

/// It may wait for the others for a minute, and where conntrack holds it back, no counter tells.
bool is_ipv6_fragment(wire::ByteView packet) {
  constexpr std::size_t header = 40;
  constexpr std::uint8_t hop_by_hop = 0, routing = 43, fragment = 44, authentication = 51,
                         destination_options = 60;
  if (!is_ipv6(packet) || packet.size() < header) return false;
  // What stands behind other extension headers is not worth a look.
  const std::uint8_t next = packet[6];
  return next == fragment || next == hop_by_hop || next == routing || next == authentication ||
         next == destination_options;
}

/// Beyond this many entries a new box is made faster than the old one emptied.
constexpr std::size_t most_entries_to_remove = 200;

CtStats operator-(const CtStats& a, const CtStats& b) {
  return {.found = a.found - b.found,
          .invalid = a.invalid - b.invalid,
          .insert_failed = a.insert_failed - b.insert_failed,
          .drop = a.drop - b.drop,
          .early_drop = a.early_drop - b.early_drop,
          .error = a.error - b.error,
          .search_restart = a.search_restart - b.search_restart,
          .clash_resolve = a.clash_resolve - b.clash_resolve,
          .chaintoolong = a.chaintoolong - b.chaintoolong};
}

}  // namespace

Box::Box(const TopologySpec& topology)
    : home_(Namespace::create()), topology_(topology), ports_(furnish(topology)) {
  ports_.drain();
}

std::optional<std::string> Box::set_sysctl(const SysctlSpec& sysctl) {
  home_.require_inside();
  if (is_of_the_machine(sysctl.key)) {
    changed_for_good_ = true;
    return machine_settings_
        .emplace_back(std::make_unique<MachineSetting>(sysctl.key, sysctl.value))
        ->refused();
  }
  remember_sysctl(sysctl.key);
  return write_sysctl(sysctl.key, sysctl.value);
}

void Box::remember_sysctl(const std::string& key) {
  if (old_sysctls_.contains(key)) return;
  auto value = can_be_undone(key) ? read_sysctl(key) : std::nullopt;
  if (value) {
    old_sysctls_.emplace(key, *std::move(value));
  } else {
    changed_for_good_ = true;
  }
}

bool Box::put_sysctls_back() {
  return std::ranges::none_of(old_sysctls_, [](const auto& old) {
    return write_sysctl(old.first, old.second).has_value();
  });
}

std::optional<RuleError> Box::load_rules(RuleTool tool, const std::string& text) {
  home_.require_inside();
  if (tool == RuleTool::nft) {
    // A rule that asks for counters turns them on, and nothing turns them off again.
    remember_sysctl("net.netfilter.nf_conntrack_acct");
    return rules_.run(text);
  }
  changed_for_good_ = true;  // a legacy table stays registered for the namespace's life
  return load_iptables(tool, text);
}

void Box::install_taps(std::span<const TapPlace> places) {
  home_.require_inside();
  const TapFamily family = tap_family(topology_);
  if (!taps_.empty()) tables_.remove_taps(family);
  if (!places.empty()) tables_.add_taps(family, places);
  taps_.assign(places.begin(), places.end());
}

std::string Box::list_rules_json() {
  home_.require_inside();
  return rules_.list_json(tap_table);
}

void Box::hold(std::span<const std::uint16_t> queues) {
  if (queues.empty()) return;
  home_.require_inside();
  if (!queues_) queues_.emplace();
  queues_->listen(queues);
}

void Box::drop_held() {
  if (queues_) queues_->drop_all();
}

void Box::apply(const Stimulus& stimulus, const ObserveOptions& options, Observation& out) {
  out.clear();
  conntrack_.listen(options.conntrack_events);
  changed_for_good_ = changed_for_good_ || is_ipv6_fragment(stimulus.packet);
  const bool injected = stimulus.kind == Stimulus::Kind::inject;
  if (!injected || !ports_.exchange(stimulus, options, out, out.refused)) {
    out.refused = injected ? ports_.inject(stimulus) : send(stimulus.packet);
    ports_.sweep(options, out);
  }
  look_beyond_ports(options, out);
}

void Box::observe(const ObserveOptions& options, Observation& out) {
  ports_.sweep(options, out);
  look_beyond_ports(options, out);
}

void Box::look_beyond_ports(const ObserveOptions& options, Observation& out) {
  if (!taps_.empty()) drain_taps(options, out);
  if (options.conntrack_events) conntrack_.drain(out.events);
  if (options.expectations) conntrack_.expectations(out.expectations);
}

std::optional<std::string> Box::send(wire::ByteView packet) {
  changed_for_good_ = true;  // sockets leave routes' memory behind
  if (!raw_socket_) {
    home_.require_inside();
    raw_socket_ = open_raw_socket(AF_INET);
    if (speaks_ipv6(topology_)) raw_socket6_ = open_raw_socket(AF_INET6);
    backlog_.emplace();
    home_.enter();
  }
  const StayOnCpu here;
  const ssize_t sent = is_ipv6(packet) && raw_socket6_
                           ? send_to(raw_socket6_, packet, ipv6_destination_of(packet))
                           : send_to(raw_socket_, packet, destination_of(packet));
  const int error = sent < 0 ? errno : 0;
  backlog_->wait();
  if (sent >= 0 || was_handled(error)) return std::nullopt;
  return errno_text(error);
}

void Box::drain_taps(const ObserveOptions& options, Observation& out) {
  tap_observer_.drain([&](const TapObserver::Record& record) {
    if (!options.taps || record.place >= taps_.size()) return;
    TapRecord& tap = out.add_tap(record.bytes);
    tap.hook = taps_[record.place].hook;
    tap.priority = taps_[record.place].priority;
    tap.in = ports_.port_of(record.in_ifindex);
    tap.out = ports_.port_of(record.out_ifindex);
  });
}

CtStats Box::stats() {
  return conntrack_.stats() - stats_before_;
}

bool Box::wipe() {
  home_.require_inside();
  queues_.reset();
  if (changed_for_good_ || conntrack_.known_count() > most_entries_to_remove || may_remember())
    return false;
  tables_.flush();
  if (!put_sysctls_back()) return false;
  taps_.clear();
  tap_observer_.drain([](const TapObserver::Record&) {});
  conntrack_.remove_known();
  ports_.drain();
  return conntrack_.count() == 0;
}

void Box::settle() {
  home_.require_inside();
  // Conntrack's hooks go when the last rule that needs them is destroyed, which nf_tables does
  // after a grace period. Closing an nfnetlink socket waits for it (nft_rcv_nl_event; Linux 5.10
  // and later).
  { const NetlinkSocket closed_at_once(NETLINK_NETFILTER); }
  stats_before_ = conntrack_.stats();
}

}  // namespace natstep::netns
