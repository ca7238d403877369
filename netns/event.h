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

/// User space's verdict on the packet that has waited longest in a queue.
struct QueueVerdict {
  enum class Verdict : std::uint8_t { accept, drop } verdict{};
  std::uint16_t queue = 0;
  std::optional<wire::Bytes> packet = {};  // goes on in its place
};

using Event = std::variant<RulesText, SysctlSpec, AddressChange, LinkChange, RouteChange,
                           EntryRemoval, EntriesFlush, QueueVerdict>;

}  // namespace natstep::netns
