// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/ct_observer.h"

#include "netns/ct_message.h"
#include "netns/error.h"

#include <cerrno>

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink_compat.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <poll.h>

namespace natstep::netns {
namespace {

constexpr int groups[] = {NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_UPDATE,
                          NFNLGRP_CONNTRACK_DESTROY};
constexpr int event_room =
    8 * 1024 * 1024;  // bytes; one step makes a handful of events of some 200 bytes

/// Only a machine that has stopped working takes so long.
constexpr int patience_ms = 10'000;
constexpr std::uint16_t default_zone = 0;

void require_success(int error, const char* what) {
  if (error != 0) throw_failed(what, error);
}

}  // namespace

CtObserver::CtObserver() : requests_(NETLINK_NETFILTER), events_(NETLINK_NETFILTER) {
  events_.reserve(event_room);
}

std::optional<CtEntry> CtObserver::find(const CtTuple& tuple, std::uint16_t zone) {
  Message request = ct_request(IPCTNL_MSG_CT_GET, 0, tuple, zone);
  std::optional<CtEntry> found;
  const int error =
      requests_.transact(request, [&](nlmsghdr& answer) { found = parse_entry(answer); });
  if (error != ENOENT) require_success(error, "ctnetlink get");
  if (!found || found->original == tuple) return found;
  // Without zones no other entry can have the tuple, and a dump walks the table of all namespaces.
  if (tuple.zone == 0 && found->original.zone == 0 && found->reply.zone == 0) return found;
  for (CtEntry& entry : dump())
    if (entry.original == tuple) return std::move(entry);
  return found;
}

bool CtObserver::remove(const CtTuple& tuple, std::uint16_t zone) {
  Message request = ct_request(IPCTNL_MSG_CT_DELETE, 0, tuple, zone);
  const int error = requests_.transact(request);
  if (error != ENOENT) require_success(error, "ctnetlink delete");
  return error == 0;
}

int CtObserver::create(const EntryCreation& entry) {
  EntryCreation whole = entry;
  whole.values.status |= IPS_CONFIRMED;
  Message request = ct_creation(whole);
  return requests_.transact(request);
}

int CtObserver::update(const EntryUpdate& update) {
  const auto entry = find(update.tuple, update.zone);
  if (!entry) return ENOENT;
  EntryUpdate whole = update;
  if (whole.values.status != 0) whole.values.status |= entry->status;
  Message request = ct_update(whole);
  return requests_.transact(request);
}

void CtObserver::flush() {
  Message request = ct_request(IPCTNL_MSG_CT_DELETE, 0);
  require_success(requests_.transact(request), "ctnetlink flush");
}

void CtObserver::await_removal(std::span<const CtTuple> originals) {
  for (const CtTuple& original : originals) {
    pollfd readable{.fd = ::nl_socket_get_fd(events_.get()), .events = POLLIN, .revents = 0};
    while (find(original, default_zone) && ::poll(&readable, 1, patience_ms) == 1)
      read_events(awaited_);
  }
}

/// The answers lie in the socket when the kernel has read the requests, in their order. A deletion
/// that went well has no answer. All are asked for before any is removed: the tunnel of a PPTP call
/// goes with the connection that controls it.
void CtObserver::take(std::span<const CtTuple> originals, CtTaken& out) {
  const auto last = static_cast<std::uint32_t>(2 * originals.size() + 1);
  batch_.clear();
  batch_.count(0);
  for (std::uint32_t i = 0; i < originals.size(); ++i)
    batch_.get(originals[i], 2 * i + 1);
  for (std::uint32_t i = 0; i < originals.size(); ++i)
    batch_.remove(originals[i], 2 * i + 2);
  batch_.count(last);
  requests_.send(batch_.bytes());
  out.entries.assign(originals.size(), std::nullopt);
  requests_.receive_until([&](nlmsghdr& answer) {
    const std::uint32_t number = answer.nlmsg_seq;
    if (number == 0) out.count_before = parse_entry_count(answer).value_or(0);
    if (number == last) out.count_after = parse_entry_count(answer).value_or(0);
    const bool entry = number % 2 == 1 && number != last && answer.nlmsg_type != NLMSG_ERROR;
    if (entry) out.entries[number / 2] = parse_entry(answer);
    return number == last;
  });
}

std::vector<CtEntry> CtObserver::dump() {
  Message request = ct_request(IPCTNL_MSG_CT_GET, NLM_F_DUMP);
  std::vector<CtEntry> entries;
  const int error = requests_.transact(request, [&](nlmsghdr& answer) {
    if (auto entry = parse_entry(answer)) entries.push_back(*std::move(entry));
  });
  require_success(error, "ctnetlink dump");
  return entries;
}

void CtObserver::expectations(std::vector<CtExpectation>& out) {
  Message request = expectations_request();
  const int error = requests_.transact(request, [&](nlmsghdr& answer) {
    if (auto expectation = parse_expectation(answer)) out.push_back(*std::move(expectation));
  });
  require_success(error, "ctnetlink dump of expectations");
}

std::uint32_t CtObserver::count() {
  Message request = ct_request(IPCTNL_MSG_CT_GET_STATS, 0);
  std::optional<std::uint32_t> count;
  const int error =
      requests_.transact(request, [&](nlmsghdr& answer) { count = parse_entry_count(answer); });
  require_success(error, "ctnetlink statistics");
  if (!count) throw_failed("ctnetlink gives no number of entries");
  return *count;
}

CtStats CtObserver::stats() {
  Message request = ct_request(IPCTNL_MSG_CT_GET_STATS_CPU, NLM_F_DUMP);
  CtStats sum;
  const int error =
      requests_.transact(request, [&](nlmsghdr& answer) { add_cpu_stats(answer, sum); });
  require_success(error, "ctnetlink statistics by CPU");
  return sum;
}

void CtObserver::listen(bool wanted) {
  if (wanted == listening_) return;
  for (const int group : groups) {
    if (wanted) {
      events_.join(group);
    } else {
      events_.leave(group);
    }
  }
  listening_ = wanted;
}

void CtObserver::drain(std::vector<CtEvent>& out) {
  for (CtEvent& event : awaited_)
    out.push_back(std::move(event));
  awaited_.clear();
  read_events(out);
}

void CtObserver::read_events(std::vector<CtEvent>& out) {
  events_.receive_all([&](nlmsghdr& header) {
    auto event = parse_event(header);
    if (!event) return;
    remember(*event);
    out.push_back(*std::move(event));
  });
}

void CtObserver::remember(const CtEvent& event) {
  if (event.kind == CtEvent::Kind::destroyed) {
    known_.erase(event.entry.id);
  } else {
    known_.insert_or_assign(event.entry.id, event.entry.original);
  }
}

void CtObserver::remove_known() {
  std::vector<CtEvent> late;
  drain(late);
  for (const auto& [id, original] : known_)
    remove(original, default_zone);
  drain(late);
  known_.clear();
}

}  // namespace natstep::netns
