// SPDX-License-Identifier: GPL-2.0-or-later
// Events that speak about a packet of the program: what user space does to entries, and to packets
// that wait in a queue.
#pragma once

#include "fuzz/events.h"

#include <cstddef>
#include <optional>

namespace natstep::fuzz {

/// How many there are of each; the index is Op::content.
std::size_t entry_changes();
std::size_t entry_makings();
std::size_t queue_releases();
/// How many mappings an entry can be made with; the index is Op::extra.
std::size_t mapping_choices();

std::optional<harness::Event> removed_entry(const Spoken& about);
std::optional<harness::Event> changed_entry(const Op& op, const Spoken& about);
std::optional<harness::Event> made_entry(const Op& op, const model::Topology& topology);
std::optional<harness::Event> released_packet(const Op& op, const Spoken& about);

}  // namespace natstep::fuzz
