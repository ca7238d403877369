// SPDX-License-Identifier: GPL-2.0-or-later
// One iptables rule specification (iptables(8), iptables-extensions(8)) to the model's statements.
#pragma once

#include "model/rules/ruleset.h"
#include "model/topology.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace natstep::harness {

/// The words of a line of arguments; quotes are taken off as a shell (and iptables-restore) would.
std::vector<std::string> iptables_words(std::string_view line);

/// What a rule specification is read against.
struct IptablesScope {
  const model::Topology& topology;
  bool legacy = false;                             // iptables-legacy
  std::function<bool(std::string_view)> is_chain;  // a chain of the user's own, in the same table
};

/// The words behind `-A CHAIN`. The error is what the model does not understand, as the rule says
/// it.
tl::expected<std::vector<model::Statement>, std::string> read_iptables_rule(
    std::span<const std::string> words, const IptablesScope& scope);

}  // namespace natstep::harness
