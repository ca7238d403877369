// SPDX-License-Identifier: GPL-2.0-or-later
// Helpers: how they come to an entry, and when they see its packets. Source:
// net/netfilter/nf_conntrack_helper.c; nf_confirm in nf_conntrack_proto.c. What each of them does
// stands in helper_NAME.cpp.
#pragma once

#include "model/conntrack/conn.h"
#include "model/hook.h"
#include "model/rules/ruleset.h"

#include <cstdint>

namespace natstep::model {

struct Packet;
class Step;

/// nft_ct_helper_obj_eval: `ct helper set` attaches to an entry that nobody else can see yet.
void attach_helper(Step& step, const Packet& packet, const HelperStatement& statement);

/// __nf_ct_try_assign_helper: what a rule before conntrack asked for (CT --helper).
void attach_asked_helper(Step& step, Conn& conn, HelperKind kind);

/// A mapping has changed the tuple of `conn`: from now on a helper may change lengths.
void prepare_adjustment(Step& step, Conn& conn);

/// What nf_confirm does first: shows the packet to its entry's helper, whose verdict counts.
Verdict run_helper(Step& step, Packet& packet, Hook hook, std::int32_t priority);

}  // namespace natstep::model
