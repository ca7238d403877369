// SPDX-License-Identifier: GPL-2.0-or-later
// Stateful objects of nft that rules refer to by name: `ct helper`, `ct timeout`, `ct expectation`.
#pragma once

#include "model/rules/ruleset.h"

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace natstep::harness {

/// The statement that uses the object; nothing when the model does not know what it would do.
/// `kind` as the listing has it: "ct helper".
std::optional<model::Statement> read_nft_object(const std::string& kind,
                                                const nlohmann::json& object);

}  // namespace natstep::harness
