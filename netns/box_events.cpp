// SPDX-License-Identifier: GPL-2.0-or-later
// What happens to a box between packets.
#include "netns/box.h"
#include "netns/error.h"
#include "netns/topology.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace natstep::netns {
namespace {

std::optional<RuleError> refused(std::optional<std::string> message) {
  if (!message) return std::nullopt;
  return RuleError{.message = *std::move(message)};
}

std::optional<RuleError> refused_by_errno(int error) {
  if (error == 0) return std::nullopt;
  return RuleError{.message = std::generic_category().message(error)};
}

}  // namespace

std::optional<RuleError> Box::happen(const Event& event, const ObserveOptions& options,
                                     Observation& out) {
  home_.require_inside();
  out.clear();
  conntrack_.listen(options.conntrack_events);
  auto error = std::visit([this](const auto& e) { return act_on(e); }, event);
  observe(options, out);
  return error;
}

/// Rules that go may take the taps with them (`flush ruleset`), and conntrack's hooks go in their
/// own time.
std::optional<RuleError> Box::act_on(const RulesText& rules) {
  if (auto error = load_rules(rules.tool, rules.text)) return error;
  { const NetlinkSocket closed_at_once(NETLINK_NETFILTER); }  // waits, see settle()
  if (taps_.empty() || tables_.has_taps(tap_family(topology_))) return std::nullopt;
  const std::vector<TapPlace> places = std::exchange(taps_, {});
  install_taps(places);
  return std::nullopt;
}

std::optional<RuleError> Box::act_on(const SysctlSpec& sysctl) {
  return refused(set_sysctl(sysctl));
}

std::optional<RuleError> Box::act_on(const AddressChange& change) {
  changed_for_good_ = true;
  return refused(change_address(ports_.ifindex(change.port), change));
}

std::optional<RuleError> Box::act_on(const LinkChange& change) {
  changed_for_good_ = true;
  return refused(change_link(ports_.ifindex(change.port), change.state));
}

std::optional<RuleError> Box::act_on(const RouteChange& change) {
  changed_for_good_ = true;
  const PortId port = change.route.port;
  return refused(change_route(port == no_port ? 0 : ports_.ifindex(port), change));
}

std::optional<RuleError> Box::act_on(const EntryRemoval& removal) {
  const bool found = conntrack_.remove(removal.tuple, removal.zone);
  return found ? std::nullopt : std::optional(RuleError{.message = "there is no such entry"});
}

/// A box that nobody listens to learns of entries by the packets that make them.
std::optional<RuleError> Box::act_on(const EntryCreation& entry) {
  changed_for_good_ = true;
  const int error = conntrack_.create(entry);
  if (error == EEXIST) return RuleError{.message = "there is an entry with one of these tuples"};
  return refused_by_errno(error);
}

std::optional<RuleError> Box::act_on(const EntryUpdate& update) {
  const int error = conntrack_.update(update);
  if (error == ENOENT) return RuleError{.message = "there is no such entry"};
  if (error == EPERM) return RuleError{.message = "the entry's timeout is fixed"};
  return refused_by_errno(error);
}

std::optional<RuleError> Box::act_on(const QueueVerdict& verdict) {
  if (queues_) queues_->release(verdict);
  return std::nullopt;
}

std::optional<RuleError> Box::act_on(const EntriesFlush&) {
  conntrack_.flush();
  return std::nullopt;
}

}  // namespace natstep::netns
