// SPDX-License-Identifier: GPL-2.0-or-later
// nft's expressions and values, from libnftables' JSON (libnftables-json(5)) to the model's
// matches.
#pragma once

#include "model/rules/ruleset.h"
#include "model/topology.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

namespace natstep::harness {

/// A value, or what the model does not understand, in nft's words.
template <typename T>
using Understood = tl::expected<T, std::string>;

/// The sets and maps of one table, by name, as the listing has them.
using NamedSets = std::map<std::string, nlohmann::json, std::less<>>;

/// The stateful objects of one table that the model knows, by kind and name ("ct helper ftp"), as
/// the statements that use them.
using NamedObjects = std::map<std::string, model::Statement, std::less<>>;

/// What expressions are read against.
struct NftScope {
  const model::Topology& topology;
  const NamedSets& sets;
  const NamedObjects& objects;
};

using Matches = std::vector<model::Match>;

/// Alternatives that exclude each other: the rule holds when all matches of one of them do.
using Alternatives = std::vector<Matches>;

/// `{"op": ..., "left": ..., "right": ...}`.
Understood<Alternatives> read_match(const nlohmann::json& match, const NftScope& scope);

/// The matches by which `key` (an expression or a concatenation) has the value `element` (of a set
/// or map).
Understood<Matches> key_matches(const nlohmann::json& key, const nlohmann::json& element,
                                const NftScope& scope);

/// The pairs of a map: written in place, or named ("@m").
Understood<std::vector<std::pair<nlohmann::json, nlohmann::json>>> map_pairs(
    const nlohmann::json& data, const NftScope& scope);

}  // namespace natstep::harness
