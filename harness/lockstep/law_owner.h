// SPDX-License-Identifier: GPL-2.0-or-later
// Which entry speaks for a packet, as far as a law can tell from the entries and the packet alone.
#pragma once

#include "harness/lockstep/law_packet.h"
#include "harness/lockstep/laws.h"
#include "model/conntrack/tuple.h"

#include <optional>
#include <vector>

namespace natstep::harness {

/// The entry to which a packet with this tuple belongs, and its direction.
struct Owner {
  const LawEntry* entry = nullptr;
  model::Direction direction = model::Direction::original;
};

/// What of an entry's tuple is compared with a packet's.
using Shown = model::Tuple (*)(const model::Tuple&);
/// What of a tuple a packet shows: a tunnel's has the receiver's key only.
model::Tuple on_the_wire(const model::Tuple& whole);

/// What an entry would have to say to speak for the packet. Where UDP-Lite or DCCP has no
/// tracker, entries go by the addresses alone, however short the packet is.
std::optional<model::Tuple> tuple_of(const LawCase& law_case, const LawPacket& packet);

/// Entries of after the step are the ones to believe.
std::vector<Owner> owners_of(const LawCase& law_case, const model::Tuple& tuple, Shown shown);
/// Whether entries of several zones, before the step or after it, have this tuple or await its
/// answer. In which of them a packet is looked up is a matter of rules.
bool lies_in_several_zones(const LawCase& law_case, const model::Tuple& tuple);
/// What lies in several zones cannot be told apart, and has no owner.
Owner owner_of(const LawCase& law_case, const model::Tuple& tuple, Shown shown = on_the_wire);
/// The entry whose packet an ICMP error quotes, and the direction of the quoted packet. The quoted
/// packet left the box, or would have: it has the tuple that the other direction's answers are told
/// by, turned round.
Owner owner_of_quoted(const LawCase& law_case, const LawPacket& quoted);
/// Whether there is such an entry, and be there several that cannot be told apart.
bool someone_owns_quoted(const LawCase& law_case, const LawPacket& quoted);

}  // namespace natstep::harness
