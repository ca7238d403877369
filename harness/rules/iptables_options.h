// SPDX-License-Identifier: GPL-2.0-or-later
// The options of iptables rules: those that match, and those of the targets.
#pragma once

#include "model/ruleset.h"
#include "model/topology.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// One option as it stands in a rule: "! --dport 53".
struct IptablesOption {
  std::string_view name{};
  std::array<std::string_view, 2> values{};
  bool negated = false;
};

/// How many words belong to an option; nothing for an option that is not known.
std::optional<std::size_t> iptables_option_values(std::string_view name);
std::optional<std::size_t> iptables_match_values(std::string_view name);
std::optional<std::size_t> iptables_target_values(std::string_view name);

/// Gathers the matches of a rule.
struct IptablesMatches {
  const model::Topology& topology;
  std::optional<std::uint8_t> protocol;  // of -p, wherever it stands
  std::string_view module{};             // the last -m: `--mark` belongs to mark or to connmark
  std::vector<model::Match> matches{};
};
/// False when the model cannot say what the option says; nothing when the option is none that
/// matches.
std::optional<bool> read_iptables_match(const IptablesOption& option, IptablesMatches& out);

/// Gathers the target of a rule and its options.
struct IptablesTarget {
  std::string_view name{};  // empty: the rule only matches
  bool go_to = false;       // -g
  model::NatRange range{};
  bool notrack = false;
  std::optional<std::uint32_t> mark{};  // mark := (mark & ~mark_mask) ^ *mark
  std::uint32_t mark_mask = 0;
};
std::optional<bool> read_iptables_target(const IptablesOption& option, IptablesTarget& out);

/// The statement that the target stands for: none for targets that change nothing (LOG). False when
/// the model does not know it.
bool append_target(const IptablesTarget& target,
                   const std::function<bool(std::string_view)>& is_chain,
                   std::vector<model::Statement>& statements);

}  // namespace natstep::harness
