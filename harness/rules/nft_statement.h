// SPDX-License-Identifier: GPL-2.0-or-later
// One nft rule to the model's statements.
#pragma once

#include "harness/rules/nft_match.h"

#include <cstdint>
#include <vector>

namespace natstep::harness {

using Statements = std::vector<model::Statement>;

/// The rule as one or more rules of the model: maps, verdict maps and concatenations become one
/// rule for each of their elements. Elements exclude each other, so that at most one of these rules
/// runs to its end.
struct NftRule {
  std::vector<Statements> alternatives;
  std::uint32_t prefix = 0;  // statements of the first alternative that stand before the first map
};
Understood<NftRule> read_nft_rule(const nlohmann::json& statements, const NftScope& scope);

}  // namespace natstep::harness
