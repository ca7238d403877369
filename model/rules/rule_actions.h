// SPDX-License-Identifier: GPL-2.0-or-later
// What statements of rules do to the packet's entry, or to the entry that it will have: marks,
// labels, zones, notrack. Sources: net/netfilter/{nft_ct,nft_meta,xt_connmark,xt_mark,xt_CT}.c.
#pragma once

#include "model/hook.h"
#include "model/rules/ruleset.h"

#include <cstdint>

namespace natstep::model {

struct Packet;
class Step;

/// Whether the rule goes on behind the statement.
enum class Carried : std::uint8_t { on, breaks_the_rule, drops };

void set_mark(Step& step, Packet& packet, const SetMarkStatement& mark);
void set_mark(Step& step, Packet& packet, const SetCtMarkStatement& mark);
/// A mark that is not there to be read ends the rule; one that is not there to be written does not.
Carried copy_mark(Step& step, Packet& packet, const CopyMarkStatement& mark);
void set_labels(Step& step, Packet& packet, const LabelStatement& label);
void set_zone(Step& step, Packet& packet, const ZoneStatement& zone);
void notrack(Step& step, Packet& packet);
/// nft_ct_timeout_obj_eval.
void set_timeouts(Step& step, Packet& packet, const TimeoutStatement& policy);
/// nft_ct_expect_obj_eval.
Carried expect(Step& step, Packet& packet, const ExpectationStatement& statement);

}  // namespace natstep::model
