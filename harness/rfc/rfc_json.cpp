// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/verdict_words.h"
#include "harness/rfc/rfc_report.h"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using nlohmann::ordered_json;

std::string lower_case_of(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

ordered_json to_json(const Evidence& evidence) {
  return {{"scenario", evidence.path}, {"line", evidence.line}, {"asked", evidence.asked},
          {"kernel", evidence.kernel}, {"sent", evidence.sent}, {"seen", evidence.seen},
          {"bytes", evidence.bytes}};
}

ordered_json to_json(const Judgement& judgement) {
  const Requirement& requirement = *judgement.requirement;
  ordered_json j{{"id", requirement.id},
                 {"level", to_string(requirement.level)},
                 {"asks", requirement.asks},
                 {"conformity", lower_case_of(to_string(judgement.conformity))},
                 {"treatment", to_string(requirement.treatment)}};
  if (!requirement.why.empty()) j["why"] = requirement.why;
  if (requirement.treatment != Treatment::tested) return j;
  j["scenarios"] = judgement.paths;
  if (!judgement.undecided.empty()) j["undecided"] = judgement.undecided;
  if (!judgement.evidence.empty()) {
    j["evidence"] = ordered_json::array();
    for (const Evidence& each : judgement.evidence)
      j["evidence"].push_back(to_json(each));
  }
  if (!requirement.rule.empty()) {
    j["rule"] = requirement.rule;
    j["scenarios_with_rule"] = judgement.configured;
  }
  return j;
}

ordered_json tally_json(const std::vector<Judgement>& judgements) {
  const auto tally = conformity_tally(judgements);
  ordered_json j = ordered_json::object();
  for (std::size_t i = 0; i < tally.size(); ++i)
    j[lower_case_of(to_string(static_cast<Conformity>(i)))] = tally[i];
  return j;
}

}  // namespace

std::string rfc_json(const RfcReport& report) {
  ordered_json j{
      {"natstep", report.summary.version},       {"kernel", report.summary.kernel},
      {"profile", report.summary.profile},       {"requirements", report.judgements.size()},
      {"counts", tally_json(report.judgements)}, {"rfcs", ordered_json::array()},
      {"not_read", ordered_json::array()}};
  for (const Rfc& rfc : report.rfcs) {
    ordered_json list = ordered_json::array();
    for (const Judgement* judgement : judgements_of(report, rfc.number))
      list.push_back(to_json(*judgement));
    j["rfcs"].push_back({{"rfc", rfc.number}, {"title", rfc.title}, {"requirements", list}});
  }
  for (const OtherRfc& other : other_rfcs())
    j["not_read"].push_back({{"rfc", other.number}, {"title", other.title}, {"why", other.why}});
  return j.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace natstep::harness
