// SPDX-License-Identifier: GPL-2.0-or-later
// What Linux does with packets and the model does not: one table (model/missing.def), for people to
// read (`natstep clauses --missing`) and for the model to end a run with.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace natstep::model {

enum class Missing : std::uint8_t {
#define MISSING(id, area, what, why, kernel, met) id,
#include "model/missing.def"
#undef MISSING
  count
};

/// How a run meets it.
enum class Met : std::uint8_t {
  by_the_model,   // a packet leads to it: inconclusive, and `what` is the reason
  by_the_reader,  // rules, settings or lines of the scenario that are not understood
  out_of_reach,   // no scenario can bring it about
};
std::string_view to_string(Met met);

struct MissingInfo {
  std::string_view id;
  std::string_view area;
  std::string_view what;    // what the model does not know; with `{}` where a detail stands
  std::string_view why;     // why it is left out
  std::string_view kernel;  // source file and function that does it in Linux
  Met met;
};

/// All of it, in the order of the table; index with static_cast<std::size_t>(missing).
std::span<const MissingInfo> all_missing();
const MissingInfo& info(Missing missing);

/// The reason for which a run is inconclusive: `what`, with the detail in its place.
std::string reason(Missing missing, std::string_view detail = {});

}  // namespace natstep::model
