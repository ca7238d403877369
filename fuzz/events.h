// SPDX-License-Identifier: GPL-2.0-or-later
// What can happen to a box between two packets of a program, other than a packet: the tables that
// an op of Source::event chooses from.
#pragma once

#include "fuzz/program.h"
#include "harness/scenario/scenario.h"
#include "model/topology.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace natstep::fuzz {

/// Op::kind of an event; Op::content says which of the kind. Those behind `setting_changed`
/// leave behind what nobody can take back.
enum class EventKind : std::uint8_t {
  entry_removed,    // the one that the subject belongs to; of a frame that left, by its reply tuple
  entry_changed,    // likewise
  entry_made,       // of a flow as a fresh packet with these values would begin it
  packet_released,  // in its place may go on what the subject is, patched
  setting_changed,
  entries_flushed,
  address_changed,
  link_changed,
  route_changed,
  rules_changed,
};
inline constexpr std::size_t event_kind_count = 10;
EventKind event_kind(const Op& op);

/// How many there are of a kind, the cheap ones first.
struct EventChoices {
  std::size_t all = 0, cheap = 0;
};
EventChoices event_choices(EventKind kind);
/// Whether a box that this happens to is another one from then on.
bool costs_a_box(const Op& op);

/// What an event speaks about: a packet, and whether it left the box.
struct Spoken {
  wire::ByteView packet;
  bool left = false;
};
/// The event of `op`; nothing where the box has no such port, or the packet no flow.
std::optional<harness::Event> event_of(const Op& op, const Spoken& about,
                                       const model::Topology& topology);

}  // namespace natstep::fuzz
