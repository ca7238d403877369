// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/deviations.h"

#include "harness/report/table.h"
#include "harness/report/verdict_words.h"
#include "model/profile.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using State = KnownDeviation::State;
using Where = DeviationShown::Where;

constexpr std::array<std::string_view, 3> where_words{"packets", "conntrack entries",
                                                      "between the hooks only"};
constexpr std::array<std::string_view, 3> state_words{"shown", "reached", "never_reached"};

std::string_view word(Where where) {
  return where_words[static_cast<std::size_t>(where)];
}

bool agrees(const Result& result) {
  return result.verdict == Verdict::agreed || result.verdict == Verdict::deviation;
}

/// A better example comes first: what a packet shows, then what is soonest read.
auto rank(const KnownDeviation& known) {
  return std::tuple(known.example.where, known.steps, known.rules, std::string_view(known.path));
}

void add_example(KnownDeviation& known, const Result& result, const DeviationShown& shown) {
  ++known.scenarios;
  if (known.law.empty()) known.law = shown.law;
  KnownDeviation other = known;
  other.state = State::shown;
  other.path = result.path;
  other.steps = result.steps;
  other.rules = result.rules;
  other.example = shown;
  if (known.state != State::shown || rank(other) < rank(known)) known = std::move(other);
}

KnownDeviation look_up(model::Clause clause, const Summary& summary) {
  KnownDeviation known{.clause = clause};
  for (const Result& result : summary.results) {
    if (!agrees(result) || !result.clauses.test(static_cast<std::size_t>(clause))) continue;
    if (known.state == State::never_reached) known.state = State::reached;
    for (const DeviationShown& shown : result.deviations)
      if (shown.clause == clause) add_example(known, result, shown);
  }
  return known;
}

std::string profiles_text(const std::vector<std::string>& names) {
  if (names.size() == model::profiles().size()) return "every profile, from linux-3.x on";
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The beginning of what is too long to be read; JSON has all of it.
std::string shortened(const std::string& text) {
  constexpr std::size_t most = 240;
  if (text.size() <= most) return text;
  return fmt::format("{}... ({} more characters)", text.substr(0, most), text.size() - most);
}

std::string example_text(const KnownDeviation& known) {
  const DeviationShown& shown = known.example;
  std::string out = labelled(
      "shortest", fmt::format("{}:{}  {}, {} of rules; {} in all", known.path, shown.pos.line,
                              counted(known.steps, "step"), counted(known.rules, "line"),
                              counted(known.scenarios, "scenario")));
  out += labelled("shows in", word(shown.where));
  out += labelled("", shortened(shown.sent));
  for (const std::string& frame : shown.seen)
    out += labelled("", shortened(frame));
  if (shown.seen.empty()) out += labelled("", "nothing leaves");
  for (const std::string& difference : shown.differences)
    out += labelled("differs", difference);
  for (const std::string& bytes : shown.bytes)
    out += labelled("bytes", shortened(bytes));
  out += labelled("law", known.law.empty() ? "none notices" : known.law);
  return out + labelled("holds for", profiles_text(shown.profiles));
}

std::string deviation_text(const KnownDeviation& known) {
  const model::ClauseInfo& info = model::info(known.clause);
  std::string out = fmt::format("{}\n", info.id);
  out += labelled("kernel", info.sentence);
  out += labelled("breaks", info.basis);
  out += labelled("function", info.kernel);
  if (known.state == State::shown) return out + example_text(known);
  return out + labelled("ERROR", known.state == State::reached
                                     ? "scenarios reach it, and none of them shows it"
                                     : "no scenario reaches it");
}

nlohmann::ordered_json to_json(const KnownDeviation& known) {
  const model::ClauseInfo& info = model::info(known.clause);
  nlohmann::ordered_json j{{"id", info.id},
                           {"area", info.area},
                           {"sentence", info.sentence},
                           {"breaks", info.basis},
                           {"kernel", info.kernel},
                           {"state", state_words[static_cast<std::size_t>(known.state)]}};
  if (known.state != State::shown) return j;
  const DeviationShown& shown = known.example;
  j["scenario"] = known.path;
  j["line"] = shown.pos.line;
  j["steps"] = known.steps;
  j["rules"] = known.rules;
  j["scenarios"] = known.scenarios;
  j["shows_in"] = word(shown.where);
  j["sent"] = shown.sent;
  j["seen"] = shown.seen;
  j["bytes"] = shown.bytes;
  j["differences"] = shown.differences;
  j["law"] = known.law;
  j["profiles"] = shown.profiles;
  return j;
}

std::size_t count(const std::vector<KnownDeviation>& known, State state) {
  return static_cast<std::size_t>(std::ranges::count(known, state, &KnownDeviation::state));
}

}  // namespace

const Result* scenario_for_other_kernels(model::Clause clause, const Summary& summary) {
  const auto named = std::ranges::find_if(summary.results, [&](const Result& result) {
    return (result.verdict == Verdict::skipped || !result.pins_speak) &&
           std::filesystem::path(result.path).stem() == model::info(clause).id;
  });
  return named == summary.results.end() ? nullptr : &*named;
}

std::vector<KnownDeviation> known_deviations(const Summary& summary) {
  std::vector<KnownDeviation> known;
  for (std::size_t i = 0; i < model::clauses().size(); ++i) {
    const auto clause = static_cast<model::Clause>(i);
    if (model::info(clause).conformance == model::Conformance::deviates)
      known.push_back(look_up(clause, summary));
  }
  // What this kernel never does is no deviation of it.
  std::erase_if(known, [&](const KnownDeviation& each) {
    return each.state == State::never_reached &&
           scenario_for_other_kernels(each.clause, summary) != nullptr;
  });
  return known;
}

std::string deviations_text(const std::vector<KnownDeviation>& known, const Summary& summary) {
  std::string out;
  for (const KnownDeviation& each : known)
    out += deviation_text(each) + "\n";
  const auto noticed = std::ranges::count_if(known, [](const auto& k) { return !k.law.empty(); });
  out +=
      fmt::format("{}, {} of them noticed by a law", counted(known.size(), "deviation"), noticed);
  const std::size_t silent = known.size() - count(known, State::shown);
  if (silent > 0) out += fmt::format(", {} shown by no scenario", silent);
  return out + fmt::format("\n{}    profile {}    natstep {}\n", summary.kernel, summary.profile,
                           summary.version);
}

std::string deviations_json(const std::vector<KnownDeviation>& known, const Summary& summary) {
  nlohmann::ordered_json j{{"natstep", summary.version},
                           {"kernel", summary.kernel},
                           {"profile", summary.profile},
                           {"deviations", nlohmann::ordered_json::array()}};
  for (const KnownDeviation& each : known)
    j["deviations"].push_back(to_json(each));
  return j.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace natstep::harness
