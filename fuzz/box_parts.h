// SPDX-License-Identifier: GPL-2.0-or-later
// The boxes that a program can choose from: topologies, sentences of rules that combine freely, and
// settings.
#pragma once

#include "fuzz/packet_parts.h"
#include "fuzz/payloads.h"
#include "fuzz/program.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace natstep::fuzz {

/// How many there are of each.
struct BoxPartCounts {
  std::size_t topologies, sources, destinations, filters, helpers, settings, blocks;
};
BoxPartCounts box_part_counts();

/// A box that complains of routes has to be made anew soon, and one whose rules count packets after
/// each program.
bool needs_new_boxes(const BoxChoice& box);
/// Leaves out what makes it so.
void make_cheap(BoxChoice& box);

/// To whom the box attaches a helper, and which.
struct Helped {
  Reader reader{};
  Protocol protocol{};
  std::uint16_t port = 0;
};
std::optional<Helped> helped_by(const BoxChoice& box);

/// Whether the box's ports can be given partial checksums and many segments.
bool offloads(const BoxChoice& box);
/// Whether rules have packets wait in queues.
bool queues_packets(const BoxChoice& box);

/// The same box with every index within its table: equal boxes compare equal.
BoxChoice reduced(const BoxChoice& box);

/// The beginning of a .nat file that describes the box.
std::string box_text(const BoxChoice& box);

}  // namespace natstep::fuzz
