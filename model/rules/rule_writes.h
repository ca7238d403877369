// SPDX-License-Identifier: GPL-2.0-or-later
// Statements of rules that write into the packet outside of NAT. Sources:
// net/netfilter/{nft_exthdr,nft_payload,xt_TCPMSS,xt_HL,xt_DSCP}.c.
#pragma once

#include "model/rules/rule_actions.h"
#include "model/rules/ruleset.h"

namespace natstep::model {

struct Packet;
class Step;

/// False when the packet is to be dropped: iptables does not bear a segment whose header it cannot
/// read.
bool clamp_maxseg(Step& step, Packet& packet, const MaxSegStatement& statement);
/// nft_payload_set_eval. A packet without the field ends the rule.
Carried write_field(Step& step, Packet& packet, const WriteFieldStatement& statement);
void change_ttl(Step& step, Packet& packet, const TtlStatement& statement);
void change_tos(Step& step, Packet& packet, const TosStatement& statement);

}  // namespace natstep::model
