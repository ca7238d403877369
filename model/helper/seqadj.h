// SPDX-License-Identifier: GPL-2.0-or-later
// Sequence adjustment: when a helper changes the length of a segment, both ends go on counting as
// if it had not. Source: net/netfilter/nf_conntrack_seqadj.c.
#pragma once

#include "model/conntrack/conn.h"

#include <cstdint>

namespace natstep::model {

struct Packet;
class Step;

/// nf_ct_seqadj_set: the segment that begins at `seq` has grown by `growth` bytes.
void note_resize(Step& step, Conn& conn, Direction direction, std::uint32_t seq,
                 std::int32_t growth);

/// nf_ct_seq_adjust: rewrites the numbers of a segment, its SACK blocks too. False when the segment
/// cannot be read to the end, and must be dropped.
bool adjust_numbers(Step& step, Packet& packet);

/// nf_ct_seq_offset: by how much the numbers of `direction` were shifted at `seq`.
std::int32_t seq_offset(const Conn& conn, Direction direction, std::uint32_t seq);

}  // namespace natstep::model
