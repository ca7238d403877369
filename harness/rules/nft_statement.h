// SPDX-License-Identifier: GPL-2.0-or-later
// One nft rule to the model's statements.
#pragma once

#include "harness/rules/nft_match.h"

#include <vector>

namespace natstep::harness {

using Statements = std::vector<model::Statement>;

/// The rule as one or more rules of the model: maps, verdict maps and concatenations become one
/// rule for each of their elements. Elements exclude each other, so that at most one of these rules
/// acts on a packet.
Understood<std::vector<Statements>> read_nft_rule(const nlohmann::json& statements,
                                                  const NftScope& scope);

}  // namespace natstep::harness
