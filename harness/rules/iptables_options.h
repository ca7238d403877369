// SPDX-License-Identifier: GPL-2.0-or-later
// The options of iptables rules: those that match, and those of the targets.
#pragma once

#include "model/rules/ruleset.h"
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
std::optional<std::size_t> iptables_meter_values(std::string_view name);  // of the matches
std::optional<std::size_t> iptables_target_values(std::string_view name);

/// Gathers the matches of a rule.
struct IptablesMatches {
  const model::Topology& topology;
  bool legacy = false;                   // iptables-legacy, whose matches are all of xtables
  std::optional<std::uint8_t> protocol;  // of -p, wherever it stands
  std::string_view module{};             // the last -m: `--mark` belongs to mark or to connmark
  std::vector<model::Statement> statements{};
  std::uint32_t meters = 0;  // of the rule so far
  // Options of one module that make sense together only.
  std::optional<std::uint64_t> limit_cost{};
  std::uint64_t limit_burst = 5;
  std::optional<std::uint32_t> every{};
  std::uint32_t first_packet = 0;
  std::optional<model::ValueRange> connbytes{};
  std::string_view connbytes_direction{};
  std::string_view connbytes_mode{};
  bool negated = false;  // of the module whose options are gathered
};

/// How many bytes of the transport header a match of xtables reads at once. iptables-nft makes
/// nft's own expressions of TCP's and UDP's options, which read none, and leaves the others to
/// xtables (seen in 1.8.9).
std::uint8_t xtables_bytes_read(std::string_view option, model::Field field,
                                const IptablesMatches& rule);

/// False when the model cannot say what the option says; nothing when the option is none that
/// matches.
std::optional<bool> read_iptables_match(const IptablesOption& option, IptablesMatches& out);

/// The same for the options of matches that remember or count.
std::optional<bool> read_iptables_meter(const IptablesOption& option, IptablesMatches& out);

/// What the gathered options of limit, statistic and connbytes come to; false when one is missing.
bool finish_iptables_matches(IptablesMatches& out);

/// Gathers the target of a rule and its options.
struct IptablesTarget {
  std::string_view name{};  // empty: the rule only matches
  bool go_to = false;       // -g
  model::NatRange range{};
  bool notrack = false;
  std::optional<model::ZoneStatement> zone{};
  std::optional<model::HelperKind> helper{};
  std::optional<std::uint32_t> mark{};  // mark := (mark & ~mark_mask) ^ *mark
  std::uint32_t mark_mask = 0;
  enum class CopyMark : std::uint8_t { none, save, restore } copy_mark = CopyMark::none;
  std::uint32_t nfmask = 0xffffffff;
  std::uint32_t ctmask = 0xffffffff;
  model::RejectStatement reject{};
  std::optional<model::MaxSegStatement> maxseg{};
  std::optional<model::TtlStatement> ttl{};
  std::optional<model::TosStatement> tos{};
  std::uint16_t queue = 0;
};
std::optional<bool> read_iptables_target(const IptablesOption& option, IptablesTarget& out);

/// The statement that the target stands for: none for targets that change nothing (LOG). False when
/// the model does not know it.
bool append_target(const IptablesTarget& target,
                   const std::function<bool(std::string_view)>& is_chain,
                   std::vector<model::Statement>& statements);

}  // namespace natstep::harness
