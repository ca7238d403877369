// SPDX-License-Identifier: GPL-2.0-or-later
// The clauses: every transition of the model has a name, a sentence, and a reason to be believed.
//
// Coverage, `--break`, reports and the RFC tables are all read from one table (model/clause.def).
// Here a clause is a value without a name; the code that decides by clauses includes
// model/clause_names.h.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace natstep::model {

enum class Clause : std::uint16_t;

/// More than there will be, so that only those who name clauses are compiled anew when one is
/// added.
inline constexpr std::size_t clause_capacity = 1024;
using ClauseSet = std::bitset<clause_capacity>;

enum class Conformance : std::uint8_t {
  honours,   // what the RFC or the manual says, or no RFC speaks about it
  deviates,  // Linux differs from the RFC or from plain arithmetic that `basis` cites
};

struct ClauseInfo {
  std::string_view id;    // also the word that --break takes
  std::string_view area;  // the scenarios' folder name: conntrack, tcp, nat, manip, icmp_error, ...
  std::string_view sentence;  // what happens, in one sentence
  std::string_view basis;     // RFC and section, manual page, or "experiment"
  std::string_view kernel;    // source file and function that does it in Linux
  Conformance conformance;
};

/// All clauses, in the order of the table; index with static_cast<std::size_t>(clause).
std::span<const ClauseInfo> clauses();
const ClauseInfo& info(Clause clause);
std::optional<Clause> find_clause(std::string_view id);

}  // namespace natstep::model
