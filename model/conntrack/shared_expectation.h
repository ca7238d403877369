// SPDX-License-Identifier: GPL-2.0-or-later
// Expectations that need not be the only ones of their kind: several connections may describe the
// same stream. Source: nf_conntrack_expect.c with NF_CT_EXP_F_SKIP_MASTER.
#pragma once

#include "model/conntrack/expectation.h"

#include <cstdint>

namespace natstep::model {

enum class Shared : std::uint8_t {
  accepted,
  already,  // the same is expected, for another connection or in another class
  busy,
};

/// nf_ct_expect_related.
Shared expect_shared(Step& step, Expectation expectation, const ExpectPolicy& policy);

/// nf_ct_expect_related_pair: both or neither.
Shared expect_pair(Step& step, const Expectation& first, const Expectation& second,
                   const ExpectPolicy& policy);

/// nf_ct_unexpect_related.
void unexpect(Step& step, const Expectation& expectation);

}  // namespace natstep::model
