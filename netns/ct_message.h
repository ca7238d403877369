// SPDX-License-Identifier: GPL-2.0-or-later
// The messages of ctnetlink, taken apart and put together. Sources:
// linux/netfilter/nfnetlink_conntrack.h, ctnetlink_fill_info, ctnetlink_conntrack_event,
// ctnetlink_parse_tuple.
#pragma once

#include "netns/event.h"
#include "netns/netlink.h"
#include "netns/observation.h"

#include <cstdint>
#include <optional>

namespace natstep::netns {

/// A request of IPCTNL_MSG_CT_* that names one entry by a tuple of either direction.
/// `zone` is one of both directions; beside it the tuple may name its own.
Message ct_request(int type, int flags, const CtTuple& tuple, std::uint16_t zone);
/// A request that is not about one entry.
Message ct_request(int type, int flags);
/// Makes an entry. The status that it is to have is in `values`, IPS_CONFIRMED included.
Message ct_creation(const EntryCreation& entry);
/// Writes into an entry. The status replaces the entry's, so it must repeat what stands there.
Message ct_update(const EntryUpdate& update);
/// Asks for all expectations of the namespace.
Message expectations_request();

/// Reads an answer or an event; nothing when it does not have the form of an entry.
std::optional<CtEntry> parse_entry(nlmsghdr& header);
/// Reads one expectation of a dump; nothing when it does not have that form.
std::optional<CtExpectation> parse_expectation(nlmsghdr& header);
/// Reads an event of the groups NEW, UPDATE, DESTROY.
std::optional<CtEvent> parse_event(nlmsghdr& header);
/// Reads an answer to IPCTNL_MSG_CT_GET_STATS: the namespace's number of entries.
std::optional<std::uint32_t> parse_entry_count(nlmsghdr& header);
/// Adds one CPU's answer to IPCTNL_MSG_CT_GET_STATS_CPU.
void add_cpu_stats(nlmsghdr& header, CtStats& sum);

}  // namespace natstep::netns
