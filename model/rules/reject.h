// SPDX-License-Identifier: GPL-2.0-or-later
// What a rule that rejects sends to the sender. Source: net/ipv4/netfilter/nf_reject_ipv4.c.
#pragma once

#include "model/hook.h"
#include "model/rules/ruleset.h"

namespace natstep::model {

struct Packet;
class Step;

/// nf_send_unreach or nf_send_reset; the packet itself is then to be dropped.
void reject(Step& step, const Packet& packet, Hook hook, const RejectStatement& statement);

}  // namespace natstep::model
