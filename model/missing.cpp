// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/missing.h"

#include <array>

namespace natstep::model {
namespace {

using enum Met;

constexpr std::array<MissingInfo, static_cast<std::size_t>(Missing::count)> table{{
#define MISSING(id, area, what, why, kernel, met) MissingInfo{#id, #area, what, why, kernel, met},
#include "model/missing.def"
#undef MISSING
}};

}  // namespace

std::string_view to_string(Met met) {
  switch (met) {
    case by_the_model:
      return "by the model";
    case by_the_reader:
      return "by the reader";
    case out_of_reach:
      return "out of reach";
  }
  return "";
}

std::span<const MissingInfo> all_missing() {
  return table;
}

const MissingInfo& info(Missing missing) {
  return table[static_cast<std::size_t>(missing)];
}

std::string reason(Missing missing, std::string_view detail) {
  std::string text(info(missing).what);
  if (const auto place = text.find("{}"); place != std::string::npos)
    text.replace(place, 2, detail);
  return text;
}

}  // namespace natstep::model
