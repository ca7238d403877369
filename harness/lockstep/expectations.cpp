// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/expectations.h"

#include "harness/lockstep/convert.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::uint8_t protocol_gre = 47;

bool leads_to_expectations(const model::Statement& statement) {
  const auto* asked = std::get_if<model::ZoneStatement>(&statement);
  return std::holds_alternative<model::HelperStatement>(statement) ||
         std::holds_alternative<model::ExpectationStatement>(statement) ||
         (asked != nullptr && asked->helper);
}

bool attaches_helper(const model::Rule& rule) {
  return std::ranges::any_of(rule.statements, leads_to_expectations);
}

wire::Address filled(wire::Address like, std::uint8_t with) {
  std::fill_n(like.bytes.begin(), like.size(), with);
  return like;
}

/// ctnetlink_exp_dump_mask: the destination's is all ones.
netns::CtTuple mask_of(const model::Expectation& expectation) {
  constexpr std::uint8_t ones = 0xff;
  const wire::Address& like = expectation.tuple.dst;
  return {.src = filled(like, expectation.mask.address ? ones : std::uint8_t{0}),
          .dst = filled(like, ones),
          .src_id = static_cast<std::uint16_t>(expectation.mask.id ? 0xffff : 0),
          .dst_id = 0xffff,
          .protocol = expectation.tuple.protocol};
}

/// The names that are registered; PPTP's function has none.
std::string_view function_name(model::ExpectFunction function) {
  if (function == model::ExpectFunction::follow_master) return "nat-follow-master";
  if (function == model::ExpectFunction::rule_follows_master) return "nft_ct-follow-master";
  return function == model::ExpectFunction::sip ? "sip" : "";
}

/// NF_CT_EXPECT_PERMANENT and NF_CT_EXPECT_INACTIVE.
std::uint32_t flags_of(const model::Expectation& expectation) {
  return (expectation.permanent ? 1U : 0U) | (expectation.inactive ? 2U : 0U);
}

std::string helper_name(const model::Help& help) {
  return help.kind ? std::string(to_string(*help.kind)) : std::string();
}

netns::CtExpectation to_netns(const model::Expectation& expectation) {
  const model::Tuple& master = expectation.master->of(model::Direction::original);
  netns::CtExpectation shown{.tuple = harness::to_netns(expectation.tuple),
                             .mask = mask_of(expectation),
                             .master = harness::to_netns(master),
                             .timeout = expectation.timeout,
                             .helper = helper_name(*expectation.master->help),
                             .function = std::string(function_name(expectation.function))};
  shown.flags = flags_of(expectation);
  shown.expectation_class = expectation.expectation_class;
  const bool has_address = expectation.saved_address.family != wire::AddressFamily::none;
  if (expectation.saved_id == 0 && !has_address) return shown;
  shown.nat = {.src = has_address ? expectation.saved_address : filled(master.src, 0),
               .dst = filled(master.src, 0),
               .src_id = expectation.saved_id,
               .protocol = master.protocol};
  shown.nat_direction = static_cast<std::uint32_t>(index(expectation.direction));
  return shown;
}

std::string source_text(const netns::CtExpectation& expectation) {
  const bool any_address = expectation.mask.src == filled(expectation.mask.src, 0);
  if (any_address && expectation.mask.src_id == 0) return "*";
  if (expectation.mask.src_id != 0)
    return fmt::format("{}:{}", wire::to_string(expectation.tuple.src), expectation.tuple.src_id);
  return fmt::format("{}:*", wire::to_string(expectation.tuple.src));
}

}  // namespace

bool attaches_helpers(const model::Ruleset& rules) {
  for (const auto& table : rules.tables) {
    for (const auto& chain : table.chains) {
      if (std::ranges::any_of(chain.rules, attaches_helper)) return true;
    }
  }
  return false;
}

std::vector<netns::CtExpectation> expectations_of(const model::State& state, std::uint64_t at) {
  std::vector<netns::CtExpectation> shown;
  for (const auto& expectation : state.conntrack.expectations().all()) {
    if (!model::ExpectationTable::expired(expectation, at)) shown.push_back(to_netns(expectation));
  }
  return shown;
}

std::string expected_tuple(const netns::CtExpectation& expectation) {
  const std::string whole = harness::to_string(expectation.tuple);
  if (expectation.tuple.protocol == protocol_gre) return whole;
  const auto protocol = whole.substr(0, whole.find(' '));
  return fmt::format("{} {} > {}:{}", protocol, source_text(expectation),
                     wire::to_string(expectation.tuple.dst), expectation.tuple.dst_id);
}

std::string to_string(const netns::CtExpectation& expectation) {
  auto text = fmt::format("{} of {}", expected_tuple(expectation), to_string(expectation.master));
  if (expectation.nat) {
    text += fmt::format(", to {}:{} in direction {}", wire::to_string(expectation.nat->src),
                        expectation.nat->src_id, expectation.nat_direction);
  }
  text += fmt::format(", class {}, flags {:#x}", expectation.expectation_class, expectation.flags);
  if (!expectation.helper.empty()) text += ", helper " + expectation.helper;
  if (!expectation.function.empty()) text += ", " + expectation.function;
  return text;
}

}  // namespace natstep::harness
