// SPDX-License-Identifier: GPL-2.0-or-later
// NAT set-up: chooses tuples, touches no byte. Source: net/netfilter/nf_nat_core.c.
#pragma once

#include "model/conntrack/conn.h"
#include "model/hook.h"
#include "model/rules/ruleset.h"

namespace natstep::model {

struct Packet;
class Step;

/// SRC at POST_ROUTING and LOCAL_IN, DST at PRE_ROUTING and LOCAL_OUT (HOOK2MANIP).
constexpr ManipType manip_of(Hook hook) {
  return hook == Hook::post_routing || hook == Hook::local_in ? ManipType::src : ManipType::dst;
}

/// nf_nat_setup_info: gives an unconfirmed entry its mapping of one manip type.
Verdict setup_info(Step& step, Conn& conn, const NatRange& range, ManipType type);

/// False when the statement is about packets of the other family only; the rule then goes on.
bool applies(Step& step, const Packet& packet, const NatStatement& statement);

/// Carries out a NAT statement of a rule: works out the range that it means for this packet
/// (masquerade, redirect and netmap depend on the packet and the port) and calls setup_info.
Verdict execute(Step& step, Packet& packet, Hook hook, const NatStatement& statement);

/// nf_nat_inet_fn at one of the four NAT hooks: consults the nat chains for a first packet, binds
/// null when none of them decides, and translates the packet.
Verdict nat_fn(Step& step, Packet& packet, Hook hook);

}  // namespace natstep::model
