// SPDX-License-Identifier: GPL-2.0-or-later
// Evaluates chains (nft_do_chain, ipt_do_table): matches read the packet as it is now, statements
// act on it.
#pragma once

#include "model/hook.h"
#include "model/rules/ruleset.h"

namespace natstep::model {

struct Packet;
class Step;

/// Runs the base chain `chain` of `table` on the packet. NAT statements call setup_info and end the
/// evaluation with its verdict.
Verdict do_chain(Step& step, Packet& packet, Hook hook, const Table& table, const Chain& chain);

}  // namespace natstep::model
