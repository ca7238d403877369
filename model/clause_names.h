// SPDX-License-Identifier: GPL-2.0-or-later
// The clauses by name: Clause::udp_checksum_absent_stays_absent and all the others.
#pragma once

#include "model/clause.h"

namespace natstep::model {

enum class Clause : std::uint16_t {
#define CLAUSE(id, area, sentence, basis, kernel, conformance) id,
#include "model/clause.def"
#undef CLAUSE
  count
};

static_assert(static_cast<std::size_t>(Clause::count) <= clause_capacity);

}  // namespace natstep::model
