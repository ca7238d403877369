// SPDX-License-Identifier: GPL-2.0-or-later
// What happens to the box between two packets, and what the model makes of it. Sources:
// net/ipv4/fib_frontend.c (fib_inetaddr_event, fib_netdev_event), net/netfilter/nf_nat_masquerade.c
// (masq_inet_event, masq_device_event), net/netfilter/nf_conntrack_netlink.c.
#pragma once

#include "model/model.h"

#include <cstdint>
#include <optional>
#include <variant>

namespace natstep::model {

enum class Change : std::uint8_t { add, del };

/// From now on these are all the rules.
struct RulesChanged {
  Ruleset rules;
};
struct SettingsChanged {
  Settings settings;
};
struct AddressChanged {
  Change change{};
  PortId port = no_port;
  wire::Prefix prefix;
};
struct LinkChanged {
  PortId port = no_port;
  LinkState state{};
};
struct RouteChanged {
  Change change{};
  Route route;
};
/// User space deletes the entry that has `tuple` in either direction.
struct EntryDeleted {
  Tuple tuple;
  std::uint16_t zone = 0;
};
struct EntriesFlushed {};

/// What user space writes into an entry; nothing where it leaves the matter as it is.
struct EntryValues {
  std::optional<std::uint32_t> timeout;  // seconds
  std::uint32_t status = 0;              // status::* bits that are set beside those that are
  std::optional<std::uint32_t> mark;
  std::optional<TcpState> tcp_state;
};

/// IPCTNL_MSG_CT_NEW: user space makes an entry, as a standby box does with those of its partner.
/// There is none yet that has one of the tuples.
struct EntryCreated {
  Tuple original;
  Tuple reply;
  std::uint16_t zone = 0;
  EntryValues values;
  std::optional<NatRange> source, destination;  // CTA_NAT_SRC, CTA_NAT_DST
};

/// User space writes into the entry that has `tuple` in either direction.
struct EntryUpdated {
  Tuple tuple;
  std::uint16_t zone = 0;
  EntryValues values;
};

enum class ReleaseVerdict : std::uint8_t { accept, drop };
/// User space releases the packet that has waited longest in a queue, with other bytes if there are
/// any. Nothing happens when none waits.
struct PacketReleased {
  std::uint16_t queue = 0;
  ReleaseVerdict verdict{};
  std::optional<wire::Bytes> bytes;
};

using Event =
    std::variant<RulesChanged, SettingsChanged, AddressChanged, LinkChanged, RouteChanged,
                 EntryDeleted, EntriesFlushed, EntryCreated, EntryUpdated, PacketReleased>;

class Step;
/// model/conntrack/written.cpp.
void create_entry(Step& step, const EntryCreated& event);
void update_entry(Step& step, const EntryUpdated& event);
/// model/held.cpp.
void release(Step& step, const PacketReleased& event);

/// Advances `state` by one event at `at` seconds; `out` is cleared first.
void happen(State& state, const Event& event, std::uint64_t at, Chooser& chooser, Prediction& out);

}  // namespace natstep::model
