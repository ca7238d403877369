// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/deviation.h"

#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/laws.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using Where = DeviationShown::Where;

bool deviates(model::Clause clause) {
  return model::info(clause).conformance == model::Conformance::deviates;
}

std::vector<model::Clause> deviating_of(const model::ClauseSet& reached) {
  std::vector<model::Clause> found;
  for (std::size_t i = 0; i < model::clauses().size(); ++i) {
    const auto clause = static_cast<model::Clause>(i);
    if (reached[i] && deviates(clause)) found.push_back(clause);
  }
  return found;
}

/// Where the two accounts differ, the plainest place first; nothing when they do not.
std::optional<Where> where_of(const Differences& differences, const Account& left,
                              const Account& right) {
  if (left.frames != right.frames || left.ports != right.ports) return Where::frames;
  const auto names_entry = [](const auto& difference) {
    return difference.first.find(" of entry ") != std::string::npos;
  };
  if (std::ranges::any_of(differences, names_entry)) return Where::entries;
  return differences.empty() ? std::nullopt : std::optional(Where::hooks);
}

bool belongs_to(std::string_view name, Where where) {
  switch (where) {
    case Where::frames:
      return name.find("frame") != std::string_view::npos || name == "ports";
    case Where::entries:
      return name.find(" of entry ") != std::string_view::npos;
    case Where::hooks:
      return true;
  }
  return true;
}

std::vector<std::string> in_words(const Differences& differences, Where where) {
  std::vector<std::string> words;
  for (const auto& [name, values] : differences) {
    if (!belongs_to(name, where)) continue;
    words.push_back(fmt::format("{}: {}, else {}", name, values.left.empty() ? "-" : values.left,
                                values.right.empty() ? "-" : values.right));
  }
  return words;
}

/// A law that the step breaks: about what left the box, or about the entries that it left behind.
struct BrokenLaw {
  std::string words;
  Where where = Where::frames;
};

std::optional<BrokenLaw> law_of(const StepRecord& step) {
  const auto broken = std::ranges::find(step.findings, Aspect::laws, &Finding::aspect);
  if (broken == step.findings.end()) return std::nullopt;
  const auto law = std::ranges::find(laws(), broken->subject, &Law::name);
  const bool of_step = law != laws().end() && law->of_step != nullptr;
  return BrokenLaw{
      .words = fmt::format("{}: {}", broken->subject,
                           broken->kernel == law_holds ? broken->model : broken->kernel),
      .where = of_step ? Where::entries : Where::frames};
}

/// What the step shows, whichever clause is behind it.
DeviationShown shown_by(const StepRecord& step, const model::State& state) {
  return {.pos = step.pos,
          .sent = stimulus_line(state.topology, step.port, step.stimulus),
          .seen = frame_lines(state.topology, step.observation.frames),
          .bytes = frame_bytes(step.observation.frames)};
}

const DeviationShown* find(const std::vector<DeviationShown>& known, model::Clause clause) {
  const auto found = std::ranges::find(known, clause, &DeviationShown::clause);
  return found == known.end() ? nullptr : &*found;
}

}  // namespace

Account DeviationWatch::said(const std::vector<StepRecord>& steps) {
  if (!intact_) intact_.emplace(beginning_, beginning_.broken);
  return account_of(intact_->catch_up(steps, model::WalkDetail::taps));
}

Account DeviationWatch::said_without(model::Clause clause, const std::vector<StepRecord>& steps) {
  auto& replay = without_.try_emplace(clause, beginning_, clause).first->second;
  return account_of(replay.catch_up(steps, model::WalkDetail::taps));
}

std::vector<DeviationShown> DeviationWatch::deviations_of_last(
    const std::vector<StepRecord>& steps, const std::vector<DeviationShown>& known) {
  std::vector<DeviationShown> found;
  const auto& last = steps.back();
  reached_ |= last.prediction.clauses;
  const auto law = law_of(last);
  std::optional<Account> with;
  for (const auto clause : deviating_of(reached_)) {
    const auto* old = find(known, clause);
    if (!law && old != nullptr && decides_verdict(*old)) continue;
    if (!with) with = said(steps);
    const auto without = said_without(clause, steps);
    const auto differences = between(*with, without);
    const auto where = where_of(differences, *with, without);
    if (!where) continue;
    auto shown = shown_by(last, beginning_);
    shown.where = *where;
    shown.clause = clause;
    if (law && *where <= law->where) shown.law = law->words;
    shown.differences = in_words(differences, *where);
    found.push_back(std::move(shown));
  }
  return found;
}

std::vector<std::string> profiles_that_share(const DeviationShown& shown,
                                             const std::vector<StepRecord>& steps,
                                             const model::State& state) {
  std::vector<std::string> names;
  model::State other;
  other.topology = state.topology;
  other.rules = state.rules;
  for (const auto& profile : model::profiles()) {
    other.profile = profile;
    const auto said = account_of(replay(steps, other, std::nullopt, model::WalkDetail::taps));
    const auto without = account_of(replay(steps, other, shown.clause, model::WalkDetail::taps));
    if (!between(said, without).empty()) names.push_back(profile.name);
  }
  return names;
}

void remember(std::vector<DeviationShown>& known, std::vector<DeviationShown> found) {
  for (auto& shown : found) {
    const auto old = std::ranges::find(known, shown.clause, &DeviationShown::clause);
    if (old == known.end())
      known.push_back(std::move(shown));
    else if (shown.where < old->where || (old->law.empty() && !shown.law.empty()))
      *old = std::move(shown);
  }
}

bool decides_verdict(const DeviationShown& shown) {
  return shown.where == DeviationShown::Where::frames || !shown.law.empty();
}

}  // namespace natstep::harness
