// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/account.h"

#include "harness/lockstep/convert.h"
#include "harness/lockstep/field_diff.h"
#include "harness/report/entry_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

void add(Differences& out, std::string name, std::string left = {}, std::string right = {}) {
  out.emplace(std::move(name), Difference{.left = std::move(left), .right = std::move(right)});
}

/// Entries of a recorded step aged while it was compared; a difference of a few seconds is not one
/// between clauses.
constexpr double aging_allowance = 5;

template <typename Frames>
void add_frames(Account& account, const Frames& frames) {
  for (const auto& frame : frames) {
    account.frames.push_back(frame.bytes);
    account.ports.push_back(frame.port);
  }
}

void compare_packets(const std::vector<wire::Bytes>& left, const std::vector<wire::Bytes>& right,
                     std::string_view kind, Differences& out) {
  if (left.size() != right.size())
    add(out, fmt::format("number of {}s", kind), fmt::to_string(left.size()),
        fmt::to_string(right.size()));
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (left[i] == right[i]) continue;
    for (const auto& row : differing_fields(left[i], right[i])) {
      add(out, fmt::format("{} of {} {}", row.name, kind, i), row.model, row.kernel);
    }
  }
}

std::string ports_text(const Account& account) {
  return fmt::format("{}", fmt::join(account.ports, ", "));
}

const netns::CtEntry* entry_of(const Account& account, const netns::CtTuple& original) {
  const auto found = std::ranges::find(account.entries, original, &netns::CtEntry::original);
  return found == account.entries.end() ? nullptr : &*found;
}

void compare_entries(const Account& left, const Account& right, Differences& out) {
  for (const auto& entry : left.entries) {
    const auto* other = entry_of(right, entry.original);
    if (!other) {
      add(out, "presence of entry " + to_string(entry.original), "there", "absent");
      continue;
    }
    for (const auto& row : entry_rows({.model = entry, .kernel = *other}, aging_allowance)) {
      if (!row.differs) continue;
      add(out, fmt::format("{} of entry {}", row.name, to_string(entry.original)), row.model,
          row.kernel);
    }
  }
  for (const auto& entry : right.entries) {
    if (entry_of(left, entry.original)) continue;
    add(out, "presence of entry " + to_string(entry.original), "absent", "there");
  }
}

}  // namespace

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

Differences between(const Account& left, const Account& right) {
  Differences out;
  compare_packets(left.frames, right.frames, "frame", out);
  compare_packets(left.taps, right.taps, "tap", out);
  if (left.ports != right.ports) add(out, "ports", ports_text(left), ports_text(right));
  compare_entries(left, right, out);
  return out;
}

}  // namespace natstep::harness
