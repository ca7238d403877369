// SPDX-License-Identifier: GPL-2.0-or-later
// Statements of rules that lower or add the MSS option of TCP. Sources: net/netfilter/nft_exthdr.c,
// net/netfilter/nft_rt.c, net/netfilter/xt_TCPMSS.c.
#pragma once

#include "model/rules/rule_actions.h"
#include "model/rules/ruleset.h"
#include "model/rules/transport_fields.h"

namespace natstep::model {

struct Packet;
class Step;

/// iptables does not bear a segment whose header it cannot read and drops it; nft's rule ends
/// there. `looks_behind` is nft's; iptables walks to the segment in its own way.
Carried clamp_maxseg(Step& step, Packet& packet, const MaxSegStatement& statement,
                     LooksBehind looks_behind);

}  // namespace natstep::model
