// SPDX-License-Identifier: GPL-2.0-or-later
// What can happen to a device under test between two packets.
#pragma once

#include "netns/observation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace natstep::netns {

enum class RuleTool : std::uint8_t { nft, iptables_legacy, iptables_nft };

enum class Change : std::uint8_t { add, del };
enum class LinkState : std::uint8_t { up, down };

struct RulesText {
  RuleTool tool{};
  std::string text;
};

struct AddressChange {
  Change change{};
  PortId port = no_port;
  wire::Prefix prefix = {};
};

struct LinkChange {
  PortId port = no_port;
  LinkState state{};
};

struct RouteChange {
  Change change{};
  RouteSpec route = {};
};

/// User space deletes the entry that has `tuple` in either direction.
struct EntryRemoval {
  CtTuple tuple = {};
  std::uint16_t zone = 0;
};

struct EntriesFlush {};

/// What user space writes into an entry; nothing where it leaves the matter as it is.
struct EntryValues {
  std::optional<std::uint32_t> timeout = {};  // seconds
  std::uint32_t status = 0;                   // IPS_* bits that are set beside those that are
  std::optional<std::uint32_t> mark = {};
  std::optional<std::uint8_t> tcp_state = {};  // enum tcp_conntrack
};

/// CTA_NAT_SRC, CTA_NAT_DST: one address, and one port if there is one.
struct NatTarget {
  wire::Address address = {};
  std::optional<std::uint16_t> port = {};
};

/// User space makes an entry; refused when there is one that has either tuple.
struct EntryCreation {
  CtTuple original = {};
  CtTuple reply = {};
  std::uint16_t zone = 0;
  EntryValues values = {};
  std::optional<NatTarget> source = {};
  std::optional<NatTarget> destination = {};
};

/// User space writes into the entry that has `tuple` in either direction; refused when there is
/// none.
struct EntryUpdate {
  CtTuple tuple = {};
  std::uint16_t zone = 0;
  EntryValues values = {};
};

/// User space's verdict on the packet that has waited longest in a queue.
struct QueueVerdict {
  enum class Verdict : std::uint8_t { accept, drop } verdict{};
  std::uint16_t queue = 0;
  std::optional<wire::Bytes> packet = {};  // goes on in its place
};

using Event = std::variant<RulesText, SysctlSpec, AddressChange, LinkChange, RouteChange,
                           EntryRemoval, EntriesFlush, EntryCreation, EntryUpdate, QueueVerdict>;

}  // namespace natstep::netns
