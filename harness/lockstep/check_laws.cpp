// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/laws.h"

#include <algorithm>
#include <variant>

namespace natstep::harness {
namespace {

bool untracks(const model::Rule& rule) {
  return std::ranges::any_of(rule.statements, [](const model::Statement& statement) {
    return std::holds_alternative<model::NotrackStatement>(statement);
  });
}

bool untracks(const model::Ruleset& rules) {
  for (const auto& table : rules.tables) {
    for (const auto& chain : table.chains) {
      if (std::ranges::any_of(chain.rules, [](const model::Rule& rule) { return untracks(rule); }))
        return true;
    }
  }
  return false;
}

using Side = std::optional<netns::CtEntry> EntryPair::*;

/// One side's entries of before and after: a reset may have removed the one that translated it.
std::vector<LawEntry> entries_of(const StepView& view, Side side) {
  std::vector<LawEntry> entries;
  for (const auto* pairs : {&view.before, &view.entries}) {
    for (const auto& pair : *pairs) {
      if (!(pair.*side)) continue;
      const auto& entry = *(pair.*side);
      entries.push_back({.tuple = {to_model(entry.original), to_model(entry.reply)},
                         .status = entry.status,
                         .helped = !entry.helper.empty()});
    }
  }
  return entries;
}

LawCase case_of(const StepView& view, const std::vector<LawEntry>& entries) {
  return {.sent = view.sent,
          .injected = view.port != model::no_port,
          .forwarded = view.prediction.fate == model::Fate::forwarded,
          .entries = entries,
          .rules_untrack = untracks(view.state.rules)};
}

template <typename Frames>
std::string judge(const Law& law, const LawCase& law_case, const Frames& frames) {
  for (const auto& frame : frames) {
    if (auto why = law.broken_by(law_case, frame.bytes)) return *why;
  }
  return std::string(law_holds);
}

}  // namespace

void check_laws(const StepView& view, Findings& findings) {
  if (view.prediction.frames.empty() && view.observation.frames.empty()) return;
  const auto of_model = entries_of(view, &EntryPair::model),
             of_kernel = entries_of(view, &EntryPair::kernel);
  const auto model_case = case_of(view, of_model), kernel_case = case_of(view, of_kernel);
  for (const auto& law : laws()) {
    auto model = judge(law, model_case, view.prediction.frames);
    auto kernel = judge(law, kernel_case, view.observation.frames);
    if (model == law_holds && kernel == law_holds) continue;
    findings.push_back({.aspect = Aspect::laws,
                        .subject = std::string(law.name),
                        .model = std::move(model),
                        .kernel = std::move(kernel)});
  }
}

}  // namespace natstep::harness
