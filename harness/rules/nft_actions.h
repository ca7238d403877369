// SPDX-License-Identifier: GPL-2.0-or-later
// nft's statements that change the packet or its entry, or remember something: `ct mark set`, `ip
// ttl set`, `reject`, `limit`, `quota`, and what `numgen` counts.
#pragma once

#include "harness/rules/nft_match.h"
#include "model/rules/ruleset.h"

#include <optional>
#include <string>

namespace natstep::harness {

/// `KEY set VALUE`, where the value is no map. Keys of the harness's own kind (nftrace) stand for
/// nothing at all.
Understood<std::optional<model::Statement>> read_mangle(const nlohmann::json& mangle);

/// `reject ...`.
Understood<model::Statement> read_reject(const nlohmann::json& reject);
/// `limit rate ...` and `quota ...`, written in place. `meter` is their number within the rule.
Understood<model::Statement> read_meter(const std::string& name, const nlohmann::json& value,
                                        std::uint32_t meter);
/// `numgen inc mod N`; nothing when `expression` is another one.
Understood<std::optional<model::Statement>> read_generator(const nlohmann::json& expression,
                                                           std::uint32_t meter);

}  // namespace natstep::harness
