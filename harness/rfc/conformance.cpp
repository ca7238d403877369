// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rfc/conformance.h"

#include "harness/report/verdict_words.h"
#include "model/clause.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using ByName = std::map<std::string_view, const Result*>;

ByName by_name(const Summary& summary) {
  ByName found;
  for (const Result& result : summary.results)
    found.emplace(scenario_name(result.path), &result);
  return found;
}

/// What the scenarios of one list say together.
struct Opinion {
  std::vector<std::string> paths;
  std::vector<Evidence> evidence;
  std::string undecided;
};

Evidence evidence_of(const Result& result, const Shortfall& shortfall) {
  return {.path = result.path,
          .line = shortfall.pos.line,
          .asked = shortfall.asked,
          .kernel = shortfall.kernel,
          .sent = shortfall.sent,
          .seen = shortfall.seen,
          .bytes = shortfall.bytes};
}

Evidence evidence_of(const Result& result, const DeviationShown& shown) {
  const model::ClauseInfo& info = model::info(shown.clause);
  return {.path = result.path,
          .line = shown.pos.line,
          .asked = std::string(info.basis),
          .kernel = fmt::format("{}: {}", info.id, info.sentence),
          .sent = shown.sent,
          .seen = shown.seen,
          .bytes = shown.bytes};
}

bool breaks(const Requirement& requirement, const DeviationShown& shown) {
  return shown.where != DeviationShown::Where::hooks &&
         std::ranges::count(requirement.broken_by, model::info(shown.clause).id) > 0;
}

/// What was written for other kernels says nothing of this one.
void hear(const Requirement& requirement, const Result& result, Opinion& opinion) {
  if (!result.pins_speak) return;
  opinion.paths.push_back(result.path);
  if (result.verdict != Verdict::agreed && result.verdict != Verdict::deviation) {
    opinion.undecided = fmt::format("{} is {}: {}", result.path, lower_case(result.verdict),
                                    result.reason.empty() ? "no reason given" : result.reason);
    return;
  }
  for (const Shortfall& shortfall : result.shortfalls)
    opinion.evidence.push_back(evidence_of(result, shortfall));
  for (const DeviationShown& shown : result.deviations)
    if (breaks(requirement, shown)) opinion.evidence.push_back(evidence_of(result, shown));
}

Opinion ask(const Requirement& requirement, const std::vector<std::string_view>& names,
            const ByName& results) {
  Opinion opinion;
  for (const std::string_view name : names) {
    const auto found = results.find(name);
    if (found == results.end())
      opinion.undecided = fmt::format("scenario {} was not run", name);
    else
      hear(requirement, *found->second, opinion);
  }
  return opinion;
}

Judgement judge(unsigned rfc, const Requirement& requirement, const ByName& results) {
  Judgement judgement{.rfc = rfc, .requirement = &requirement};
  if (requirement.treatment != Treatment::tested) return judgement;
  Opinion plain = ask(requirement, requirement.scenarios, results);
  Opinion configured = ask(requirement, requirement.configured, results);
  const bool heard = !plain.paths.empty() || !plain.undecided.empty();
  if (!heard) return judgement;
  judgement.paths = std::move(plain.paths);
  judgement.configured = std::move(configured.paths);
  judgement.evidence = std::move(plain.evidence);
  judgement.undecided = plain.undecided.empty() ? configured.undecided : plain.undecided;
  if (!judgement.undecided.empty()) {
    judgement.conformity = Conformity::undecided;
  } else if (judgement.evidence.empty()) {
    judgement.conformity = Conformity::conforms;
  } else {
    const bool rule_helps = !requirement.configured.empty() && configured.evidence.empty();
    judgement.conformity = rule_helps ? Conformity::configurable : Conformity::deviates;
  }
  return judgement;
}

}  // namespace

std::string_view to_string(Conformity conformity) {
  switch (conformity) {
    case Conformity::conforms:
      return "CONFORMS";
    case Conformity::deviates:
      return "DEVIATES";
    case Conformity::configurable:
      return "CONFIGURABLE";
    case Conformity::undecided:
      return "UNDECIDED";
    case Conformity::untested:
      return "UNTESTED";
  }
  return "";
}

std::string_view scenario_name(std::string_view path) {
  if (const auto slash = path.rfind('/'); slash != std::string_view::npos)
    path.remove_prefix(slash + 1);
  return path.substr(0, path.rfind('.'));
}

std::vector<std::string_view> scenarios_of(const std::vector<Rfc>& rfcs) {
  std::vector<std::string_view> names;
  for (const Rfc& rfc : rfcs) {
    for (const Requirement& requirement : rfc.requirements) {
      names.insert(names.end(), requirement.scenarios.begin(), requirement.scenarios.end());
      names.insert(names.end(), requirement.configured.begin(), requirement.configured.end());
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<Judgement> judge(const std::vector<Rfc>& rfcs, const Summary& summary) {
  const ByName results = by_name(summary);
  std::vector<Judgement> judgements;
  for (const Rfc& rfc : rfcs)
    for (const Requirement& requirement : rfc.requirements)
      judgements.push_back(judge(rfc.number, requirement, results));
  return judgements;
}

}  // namespace natstep::harness
