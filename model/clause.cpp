// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/clause_names.h"

#include <algorithm>
#include <array>

namespace natstep::model {
namespace {

using enum Conformance;

constexpr std::array<ClauseInfo, static_cast<std::size_t>(Clause::count)> table{{
#define CLAUSE(id, area, sentence, basis, kernel, conformance) \
  ClauseInfo{#id, #area, sentence, basis, kernel, conformance},
#include "model/clause.def"
#undef CLAUSE
}};

}  // namespace

std::span<const ClauseInfo> clauses() {
  return table;
}

const ClauseInfo& info(Clause clause) {
  return table[static_cast<std::size_t>(clause)];
}

std::optional<Clause> find_clause(std::string_view id) {
  const auto found = std::ranges::find(table, id, &ClauseInfo::id);
  if (found == table.end()) return std::nullopt;
  return static_cast<Clause>(found - table.begin());
}

}  // namespace natstep::model
