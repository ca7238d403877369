// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/report/entry_text.h"
#include "model/held.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

void compare_pair(const StepView& view, const EntryPair& pair, Findings& findings) {
  const auto& shown = pair.model ? *pair.model : *pair.kernel;
  const auto entry = "entry " + to_string(shown.original);
  if (!pair.model || !pair.kernel) {
    findings.push_back({.aspect = Aspect::conntrack,
                        .subject = entry,
                        .model = pair.model ? "in the table" : "not in the table",
                        .kernel = pair.kernel ? "in the table" : "not in the table"});
    return;
  }
  for (const auto& row : entry_rows(pair, view.elapsed_seconds)) {
    if (!row.differs) continue;
    findings.push_back({.aspect = Aspect::conntrack,
                        .subject = fmt::format("{} of {}", row.name, entry),
                        .model = row.model,
                        .kernel = row.kernel});
  }
}

/// Entries that have left the table, and live on for those that they expected.
std::size_t count_departed_masters(const model::State& state, std::uint64_t at) {
  std::set<const model::Conn*> departed;
  for (const auto* conn : state.conntrack.entries()) {
    const auto* master = conn->master;
    if (master == nullptr || model::ConntrackTable::expired(*conn, at)) continue;
    if (master->has(model::status::dying) || model::ConntrackTable::expired(*master, at))
      departed.insert(master);
  }
  return departed.size();
}

/// Entries that neither side could name one by one: the kernel has more, or fewer, than the model.
void compare_count(const StepView& view, Findings& findings) {
  const auto model = entries_counted(view.state, view.at);
  if (model == view.kernel_entry_count) return;
  findings.push_back({.aspect = Aspect::conntrack,
                      .subject = "number of entries",
                      .model = std::to_string(model),
                      .kernel = std::to_string(view.kernel_entry_count)});
}

bool announced(const netns::Observation& observation, const netns::CtTuple& original) {
  return std::ranges::any_of(observation.events, [&](const netns::CtEvent& event) {
    return event.kind == netns::CtEvent::Kind::created && event.entry.original == original;
  });
}

bool existed_before(const StepView& view, const netns::CtTuple& original) {
  return std::ranges::any_of(view.before, [&](const EntryPair& pair) {
    return pair.model && pair.model->original == original;
  });
}

/// An entry that is new to the model must have been announced. (One that is announced and not new
/// belongs to a connection that was opened again on the same tuple.)
void compare_announcements(const StepView& view, Findings& findings) {
  for (const auto& pair : view.entries) {
    if (!pair.model || !pair.kernel) continue;
    const auto& original = pair.model->original;
    if (existed_before(view, original) || announced(view.observation, original)) continue;
    findings.push_back({.aspect = Aspect::conntrack,
                        .subject = "event for the entry " + to_string(original),
                        .model = "created",
                        .kernel = "none"});
  }
}

}  // namespace

std::size_t entries_counted(const model::State& state, std::uint64_t at) {
  const auto expired = [&](const model::Conn* conn) {
    return model::ConntrackTable::expired(*conn, at);
  };
  const auto gone = std::ranges::count_if(state.conntrack.entries(), expired);
  return state.conntrack.size() - static_cast<std::size_t>(gone) +
         count_departed_masters(state, at) + model::unseen_entries(state, at);
}

void check_conntrack(const StepView& view, Findings& findings) {
  const auto before = findings.size();
  for (const auto& pair : view.entries)
    compare_pair(view, pair, findings);
  if (findings.size() == before) compare_count(view, findings);
  if (findings.size() == before) compare_announcements(view, findings);
}

}  // namespace natstep::harness
