// SPDX-License-Identifier: GPL-2.0-or-later
// Two peers speak at the same time, and each packet begins a flow of its own.
#pragma once

#include "model/conntrack/conntrack.h"

namespace natstep::model {

/// nf_nat_used_tuple_new, about a tuple that is taken: whether the entry that has it is the same
/// flow turned round, so that `conn` can join it at confirmation and need not change its port.
bool joins_its_mirror(Step& step, const Conn& conn, const Tuple& tuple);

}  // namespace natstep::model
