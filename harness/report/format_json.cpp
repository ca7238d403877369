// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/summary.h"
#include "harness/report/verdict_words.h"

#include <string>

#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const Finding& finding) {
  ordered_json j{{"aspect", to_string(finding.aspect)}, {"subject", finding.subject}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) j[key] = value;
  };
  add("sent", finding.sent);
  add("model", finding.model);
  add("kernel", finding.kernel);
  add("script", finding.script);
  if (finding.pos.line > 0) j["line"] = finding.pos.line;
  return j;
}

ordered_json ids_of(const std::vector<DeviationShown>& deviations) {
  auto ids = ordered_json::array();
  for (const DeviationShown& shown : deviations)
    ids.push_back(model::info(shown.clause).id);
  return ids;
}

ordered_json to_json(const Result& result) {
  ordered_json j{{"path", result.path},
                 {"area", result.area},
                 {"verdict", lower_case(result.verdict)},
                 {"packets", result.packets},
                 {"seconds", result.seconds},
                 {"deviations", ids_of(result.deviations)}};
  if (!result.reason.empty()) j["reason"] = result.reason;
  if (!result.suspect.empty()) j["suspect"] = result.suspect;
  if (!result.artefacts.empty()) j["artefacts"] = result.artefacts;
  if (!result.findings.empty()) j["findings"] = ordered_json::array();
  for (const Finding& finding : result.findings)
    j["findings"].push_back(to_json(finding));
  return j;
}

}  // namespace

std::string format_json(const Summary& summary) {
  const Tally tally = summary.tally();
  ordered_json j{
      {"natstep", summary.version},
      {"kernel", summary.kernel},
      {"profile", summary.profile},
      {"scenarios", summary.results.size() + summary.not_parsed.size() + summary.not_run},
      {"agreed", tally.of(Verdict::agreed)},
      {"deviations", tally.of(Verdict::deviation)},
      {"diverged", tally.of(Verdict::diverged)},
      {"inconclusive", tally.of(Verdict::inconclusive)},
      {"skipped", tally.of(Verdict::skipped)},
      {"broken", tally.of(Verdict::broken)},
      {"not_parsed", summary.not_parsed},
      {"not_run", summary.not_run},
      {"interrupted", summary.interrupted},
      {"packets", summary.packets()},
      {"seconds", summary.seconds},
      {"exit_status", summary.exit_status()},
      {"outcomes", ordered_json::array()}};
  for (const Result& result : summary.results)
    j["outcomes"].push_back(to_json(result));
  // A payload in a finding need not be UTF-8.
  return j.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace natstep::harness
