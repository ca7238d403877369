// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/blame.h"

#include "harness/lockstep/convert.h"
#include "harness/lockstep/field_diff.h"
#include "harness/lockstep/play.h"
#include "harness/report/entry_text.h"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// What two accounts of the same step differ in, "udp.checksum of frame 0", and both values.
using Differences = std::map<std::string, std::string>;

void add(Differences& out, std::string name, const std::string& left = {},
         const std::string& right = {}) {
  out.emplace(std::move(name),
              fmt::format("{} or {}", std::min(left, right), std::max(left, right)));
}

/// Entries of a recorded step aged while it was compared; a difference of a few seconds is not one
/// between clauses.
constexpr double aging_allowance = 5;

/// Below this the two have little in common, and no clause is better than the wrong one.
constexpr double least_likeness = 0.25;

/// All that one side says about a step.
struct Account {
  std::vector<wire::Bytes> frames;
  std::vector<model::PortId> ports;
  std::vector<wire::Bytes> taps;
  std::vector<netns::CtEntry> entries;
};

template <typename Frames>
void add_frames(Account& account, const Frames& frames) {
  for (const auto& frame : frames) {
    account.frames.push_back(frame.bytes);
    account.ports.push_back(frame.port);
  }
}

Account account_of(const Replayed& replayed) {
  Account account;
  add_frames(account, replayed.prediction.frames);
  for (const auto& step : replayed.prediction.walk) {
    if (step.actor == model::Actor::tap) account.taps.push_back(step.bytes);
  }
  account.entries = replayed.entries;
  return account;
}

Account account_of_kernel(const StepRecord& record) {
  Account account;
  add_frames(account, record.observation.frames);
  for (const auto& tap : record.observation.taps)
    account.taps.push_back(tap.bytes);
  for (const auto& pair : record.entries) {
    if (pair.kernel) account.entries.push_back(*pair.kernel);
  }
  return account;
}

void compare_packets(const std::vector<wire::Bytes>& left, const std::vector<wire::Bytes>& right,
                     std::string_view kind, Differences& out) {
  if (left.size() != right.size()) add(out, fmt::format("number of {}s", kind));
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (left[i] == right[i]) continue;
    for (const auto& row : differing_fields(left[i], right[i])) {
      add(out, fmt::format("{} of {} {}", row.name, kind, i), row.model, row.kernel);
    }
  }
}

const netns::CtEntry* entry_of(const Account& account, const netns::CtTuple& original) {
  const auto found = std::ranges::find(account.entries, original, &netns::CtEntry::original);
  return found == account.entries.end() ? nullptr : &*found;
}

void compare_entries(const Account& left, const Account& right, Differences& out) {
  for (const auto& entry : left.entries) {
    const auto* other = entry_of(right, entry.original);
    if (!other) {
      add(out, "presence of entry " + to_string(entry.original));
      continue;
    }
    for (const auto& row : entry_rows({.model = entry, .kernel = *other}, aging_allowance)) {
      if (!row.differs) continue;
      add(out, fmt::format("{} of entry {}", row.name, to_string(entry.original)), row.model,
          row.kernel);
    }
  }
  for (const auto& entry : right.entries) {
    if (!entry_of(left, entry.original)) add(out, "presence of entry " + to_string(entry.original));
  }
}

Differences between(const Account& left, const Account& right) {
  Differences out;
  compare_packets(left.frames, right.frames, "frame", out);
  compare_packets(left.taps, right.taps, "tap", out);
  if (left.ports != right.ports) add(out, "ports");
  compare_entries(left, right, out);
  return out;
}

/// How well what a clause decides covers what differs, from 0 to 1: shared differences over all
/// (Jaccard's index). A clause that errs in the same places by the same values is likelier than one
/// that errs in the same places only.
double likeness(const Differences& left, const Differences& right) {
  constexpr double value_bonus = 0.1;
  double shared = 0, same = 0;
  for (const auto& [name, values] : left) {
    const auto other = right.find(name);
    if (other == right.end()) continue;
    shared += 1;
    if (other->second == values) same += 1;
  }
  const auto all = static_cast<double>(left.size() + right.size()) - shared;
  return all == 0 ? 0 : (shared + value_bonus * same) / (all * (1 + value_bonus));
}

/// What the failed step is about: where the sides differ or, when they agree, the fields that a pin
/// denies both.
Differences in_question(const StepRecord& failed, const Account& model) {
  auto wanted = between(model, account_of_kernel(failed));
  if (!wanted.empty()) return wanted;
  for (const auto& finding : failed.findings) {
    const auto field = finding.model.substr(0, finding.model.find(':'));
    add(wanted, field + " of frame 0");
  }
  return wanted;
}

}  // namespace

std::optional<model::Clause> decisive_clause(const std::vector<StepRecord>& steps,
                                             const model::State& state) {
  const auto said = account_of(replay(steps, state, state.broken, model::WalkDetail::taps));
  const auto intact = account_of(replay(steps, state, std::nullopt, model::WalkDetail::taps));
  const auto wanted = in_question(steps.back(), said);
  std::optional<model::Clause> best;
  double best_likeness = least_likeness;
  for (std::size_t i = 0; i < model::clauses().size(); ++i) {
    if (!steps.back().prediction.clauses[i]) continue;
    const auto clause = static_cast<model::Clause>(i);
    const auto defect = account_of(replay(steps, state, clause, model::WalkDetail::taps));
    const auto found = likeness(wanted, between(intact, defect));
    if (found <= best_likeness) continue;
    best = clause;
    best_likeness = found;
  }
  return best;
}

std::vector<model::Clause> deviations_behind(const std::vector<StepRecord>& steps,
                                             const model::State& state) {
  std::vector<model::Clause> found;
  const auto& reached = steps.back().prediction.clauses;
  const auto said = account_of(replay(steps, state, state.broken, model::WalkDetail::none));
  for (std::size_t i = 0; i < model::clauses().size(); ++i) {
    const auto clause = static_cast<model::Clause>(i);
    if (!reached[i] || model::info(clause).conformance != model::Conformance::deviates) continue;
    const auto without = account_of(replay(steps, state, clause, model::WalkDetail::none));
    if (without.frames != said.frames || without.ports != said.ports) found.push_back(clause);
  }
  return found;
}

}  // namespace natstep::harness
