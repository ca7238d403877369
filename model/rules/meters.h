// SPDX-License-Identifier: GPL-2.0-or-later
// Expressions of rules that remember something from packet to packet: limits, quotas, counters that
// go round. Sources:
// net/netfilter/{nft_limit,nft_quota,nft_numgen,xt_limit,xt_quota,xt_statistic}.c.
#pragma once

#include "model/rules/ruleset.h"

#include <cstdint>

namespace natstep::model {

struct Packet;
class Step;

/// Whether the rule goes on for this packet.
bool passes(Step& step, const Packet& packet, const LimitStatement& limit);
bool passes(Step& step, const Packet& packet, const QuotaStatement& quota);
/// The next number.
std::uint32_t generate(Step& step, const GenerateStatement& statement);

}  // namespace natstep::model
