// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/check.h"
#include "harness/laws.h"

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

/// Entries of before and after: a reset may have removed the one that translated it.
std::vector<model::Conn> all_entries(const StepView& view) {
  auto entries = view.before;
  for (const auto* conn : view.state.conntrack.entries())
    entries.push_back(*conn);
  return entries;
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
  const auto entries = all_entries(view);
  const LawCase law_case{.sent = view.sent,
                         .injected = view.port != model::no_port,
                         .forwarded = view.prediction.fate == model::Fate::forwarded,
                         .entries = entries,
                         .rules_untrack = untracks(view.state.rules)};
  for (const auto& law : laws()) {
    auto model = judge(law, law_case, view.prediction.frames);
    auto kernel = judge(law, law_case, view.observation.frames);
    if (model == law_holds && kernel == law_holds) continue;
    findings.push_back({.aspect = Aspect::laws,
                        .subject = std::string(law.name),
                        .model = std::move(model),
                        .kernel = std::move(kernel)});
  }
}

}  // namespace natstep::harness
