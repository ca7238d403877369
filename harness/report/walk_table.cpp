// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/walk_table.h"

#include "harness/lockstep/convert.h"
#include "harness/lockstep/field_diff.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using model::Actor;
using model::WalkStep;

/// What the kernel showed where the model has a tap: the taps are met in the same order on both
/// sides, until they part.
class KernelTaps {
 public:
  explicit KernelTaps(const StepRecord& record) {
    const auto& taps = record.observation.taps;
    std::size_t next = 0;
    for (const auto& step : record.prediction.walk) {
      if (step.actor != Actor::tap) continue;
      const bool met = next < taps.size() && to_model(taps[next].hook) == step.hook &&
                       taps[next].priority == step.priority;
      seen_[&step] = met ? &taps[next++] : nullptr;
      if (!met) next = taps.size();
    }
  }
  [[nodiscard]] const netns::TapRecord* at(const WalkStep& tap) const { return seen_.at(&tap); }

 private:
  std::map<const WalkStep*, const netns::TapRecord*> seen_;
};

/// The tap that shows the work of walk[i]: the same packet's next step, when that is a tap.
const WalkStep* tap_behind(const model::Walk& walk, std::size_t i) {
  for (std::size_t j = i + 1; j < walk.size(); ++j) {
    if (walk[j].packet != walk[i].packet) continue;
    return walk[j].actor == Actor::tap ? &walk[j] : nullptr;
  }
  return nullptr;
}

std::string tap_text(const WalkStep& step, const WalkStep& tap) {
  if (tap.hook == step.hook) return fmt::format("at tap {}", tap.priority);
  return fmt::format("at tap {} {}", model::to_string(tap.hook), tap.priority);
}

void show_tap(WalkRow& row, const WalkStep& tap, const netns::TapRecord* seen) {
  const auto where = tap_text(*row.step, tap);
  if (!seen) {
    row.kernel = fmt::format("not seen {}", where);
  } else if (std::ranges::equal(seen->bytes, tap.bytes)) {
    row.kernel = fmt::format("equal {}", where);
  } else {
    row.kernel = fmt::format("differs {}", where);
  }
  row.differs = !seen || !std::ranges::equal(seen->bytes, tap.bytes);
}

bool is_last_of_packet(const model::Walk& walk, std::size_t i) {
  return std::none_of(walk.begin() + static_cast<std::ptrdiff_t>(i) + 1, walk.end(),
                      [&](const WalkStep& later) { return later.packet == walk[i].packet; });
}

/// Behind confirm there is no tap; the announcement of the entry and the frame that left are what
/// shows.
void show_end(WalkRow& row, const StepRecord& record) {
  std::vector<std::string> words;
  if (row.step->actor == Actor::confirm) {
    const bool created = std::ranges::any_of(
        record.observation.events,
        [](const netns::CtEvent& event) { return event.kind == netns::CtEvent::Kind::created; });
    if (created) words.emplace_back("entry created (ctnetlink)");
  }
  const auto& frames = record.observation.frames;
  const auto equal = std::ranges::find(frames, row.step->bytes, &netns::Frame::bytes);
  if (equal != frames.end()) words.emplace_back("frame left, equal");
  const bool left = std::ranges::any_of(record.prediction.frames, [&](const model::Frame& frame) {
    return frame.bytes == row.step->bytes;
  });
  if (left && equal == frames.end()) {
    words.emplace_back(frames.empty() ? "nothing left" : "frame left, differs");
    row.differs = true;
  }
  row.kernel = fmt::format("{}", fmt::join(words, ", "));
}

std::vector<FieldChange> changes_between(wire::ByteView before, wire::ByteView after) {
  std::vector<FieldChange> changes;
  if (before.empty() || std::ranges::equal(before, after)) return changes;
  for (const auto& row : differing_fields(before, after)) {
    changes.push_back({.name = row.name,
                       .before = row.model.empty() ? "-" : row.model,
                       .after = row.kernel.empty() ? "-" : row.kernel});
  }
  return changes;
}

/// The first tap of a hook at which nothing acts on the packet.
bool marks_an_idle_hook(const model::Walk& walk, std::size_t i) {
  const auto at_this_hook = [&](const WalkStep& step) {
    return step.packet == walk[i].packet && step.hook == walk[i].hook &&
           step.actor != Actor::routing;
  };
  return std::ranges::find_if(walk, at_this_hook) ==
             walk.begin() + static_cast<std::ptrdiff_t>(i) &&
         std::ranges::none_of(walk, [&](const WalkStep& step) {
           return at_this_hook(step) && step.actor != Actor::tap;
         });
}

WalkRow row_of(const WalkStep& step) {
  WalkRow row;
  row.step = &step;
  if (step.actor == Actor::tap) {
    row.who = "(nothing registered)";
    row.what = "passes";
    return row;
  }
  row.who = step.function;
  row.what = step.what;
  if (step.verdict != model::Verdict::accept)
    row.what += fmt::format(" ({})", model::to_string(step.verdict));
  return row;
}

}  // namespace

std::vector<WalkRow> walk_rows(const StepRecord& record) {
  const auto& walk = record.prediction.walk;
  const KernelTaps taps(record);
  std::vector<WalkRow> rows;
  std::map<std::uint32_t, wire::ByteView> last_bytes{{0, record.stimulus}};
  for (std::size_t i = 0; i < walk.size(); ++i) {
    if (walk[i].actor == Actor::tap && !marks_an_idle_hook(walk, i)) continue;
    auto row = row_of(walk[i]);
    if (walk[i].actor == Actor::tap) {
      show_tap(row, walk[i], taps.at(walk[i]));
    } else if (const auto* tap = tap_behind(walk, i)) {
      show_tap(row, *tap, taps.at(*tap));
    } else if (is_last_of_packet(walk, i)) {
      show_end(row, record);
    }
    auto& before = last_bytes[walk[i].packet];
    row.changes = changes_between(before, walk[i].bytes);
    before = walk[i].bytes;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string priority_text(const WalkStep& step) {
  if (step.actor == Actor::routing || step.actor == Actor::tap) return "";
  if (step.priority == model::priority::conntrack_confirm) return "max";
  return std::to_string(step.priority);
}

std::string_view to_string(Actor actor) {
  static constexpr std::array<std::string_view, 8> words{"rules", "tap",    "defrag",  "conntrack",
                                                         "nat",   "helper", "confirm", "routing"};
  return words[static_cast<std::size_t>(actor)];
}

}  // namespace natstep::harness
