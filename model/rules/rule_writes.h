// SPDX-License-Identifier: GPL-2.0-or-later
// Statements of rules that write into the packet outside of NAT. Sources:
// net/netfilter/{nft_payload,xt_HL,xt_DSCP}.c.
#pragma once

#include "model/rules/rule_actions.h"
#include "model/rules/ruleset.h"
#include "model/rules/transport_fields.h"

namespace natstep::model {

struct Packet;
class Step;

/// nft_payload_set_eval. A packet without the field ends the rule, as does one without the checksum
/// that would have to follow.
Carried write_field(Step& step, Packet& packet, const WriteFieldStatement& statement,
                    LooksBehind looks_behind);
/// The TTL of IPv4, the hop limit of IPv6.
void change_ttl(Step& step, Packet& packet, const TtlStatement& statement);
/// The type of service of IPv4, the traffic class of IPv6.
void change_tos(Step& step, Packet& packet, const TosStatement& statement);

}  // namespace natstep::model
