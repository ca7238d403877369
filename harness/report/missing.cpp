// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/missing.h"

#include "harness/report/table.h"
#include "harness/report/verdict_words.h"
#include "model/missing.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using model::Met;
using model::MissingInfo;

/// The word that a run ends with, or the one that says that there is no such run.
std::string_view verdict_of(const MissingInfo& info) {
  return info.met == Met::out_of_reach ? "OUT OF REACH" : "INCONCLUSIVE";
}

/// The words that the run ends with. What only a rule or a setting leads to is met as a word that
/// is not understood.
std::string words_of(const MissingInfo& info) {
  if (info.met == Met::out_of_reach) return "no scenario can bring it about";
  const bool by_word = info.met == Met::by_the_reader && info.what.find("{}") == info.what.npos;
  const std::string words =
      by_word ? model::reason(model::Missing::rule_word, "...") : std::string(info.what);
  const auto place = words.find("{}");
  if (place == std::string::npos) return words;
  return words.substr(0, place) + "..." + words.substr(place + 2);
}

std::string entry_text(const MissingInfo& info) {
  std::string out = fmt::format("{:<12}  {}\n", verdict_of(info), info.id);
  const auto place = info.what.find("{}");
  std::string what(info.what);
  if (place != what.npos) what.replace(place, 2, "...");
  out += labelled("what", what) + labelled("left out", info.why) + labelled("kernel", info.kernel);
  return out + labelled("run says", words_of(info));
}

}  // namespace

std::string missing_text() {
  std::string out;
  for (const MissingInfo& info : model::all_missing())
    out += entry_text(info) + "\n";
  const auto all = model::all_missing();
  const auto unreachable = std::ranges::count(all, Met::out_of_reach, &MissingInfo::met);
  return out + fmt::format("{} that the model leaves out, {} of them out of reach\n",
                           counted(all.size(), "thing"), unreachable);
}

std::string missing_json() {
  auto list = nlohmann::ordered_json::array();
  for (const MissingInfo& info : model::all_missing())
    list.push_back({{"id", info.id},
                    {"area", info.area},
                    {"what", info.what},
                    {"why", info.why},
                    {"kernel", info.kernel},
                    {"met", to_string(info.met)},
                    {"run_says", words_of(info)}});
  return nlohmann::ordered_json{{"missing", list}}.dump(2) + "\n";
}

}  // namespace natstep::harness
