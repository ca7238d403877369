// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/fragments/fragment_runs.h"

#include "model/clause_names.h"
#include "model/packet.h"

#include <algorithm>

namespace natstep::model {
namespace {

using Fit = FragmentRuns::Fit;
using Piece = FragmentRuns::Piece;

/// Bytes that are there without a gap, and came in order.
struct Run {
  std::uint32_t from = 0;
  std::uint32_t to = 0;

  [[nodiscard]] bool touches(std::uint32_t offset, std::uint32_t end) const {
    return offset < to && end > from;
  }
  [[nodiscard]] bool contains(std::uint32_t offset, std::uint32_t end) const {
    return offset >= from && end <= to;
  }
};

enum class Joined : std::uint8_t { in_order, in_any_order };

std::vector<Run> runs_of(const std::vector<Piece>& pieces, Joined joined) {
  std::vector<Run> runs;
  for (const Piece& piece : pieces) {
    const bool adjacent = !runs.empty() && runs.back().to == piece.offset;
    if (adjacent && (joined == Joined::in_any_order || !piece.begins_run)) {
      runs.back().to = piece.end();
    } else {
      runs.push_back({.from = piece.offset, .to = piece.end()});
    }
  }
  return runs;
}

Fit against(const std::vector<Run>& runs, std::uint32_t offset, std::uint32_t end) {
  for (const Run& run : runs) {
    if (run.touches(offset, end)) return run.contains(offset, end) ? Fit::duplicate : Fit::overlap;
  }
  return Fit::fits;
}

}  // namespace

FragmentRuns::Fit FragmentRuns::judge(Step& step, std::uint32_t offset, std::uint32_t end) const {
  const Fit fit = against(runs_of(pieces_, Joined::in_order), offset, end);
  if (fit == Fit::duplicate && !step.holds(Clause::duplicate_fragment_is_ignored)) {
    return Fit::overlap;
  }
  if (fit != Fit::overlap) return fit;
  const bool all_there =
      against(runs_of(pieces_, Joined::in_any_order), offset, end) == Fit::duplicate;
  if (all_there && !step.holds(Clause::duplicate_must_lie_within_one_run)) return Fit::duplicate;
  return step.holds(Clause::overlap_discards_the_datagram) ? Fit::overlap : Fit::duplicate;
}

FragmentRuns::Fit FragmentRuns::insert(Step& step, std::uint32_t offset, wire::ByteView payload) {
  const auto end = offset + static_cast<std::uint32_t>(payload.size());
  const Fit fit = judge(step, offset, end);
  if (fit != Fit::fits) return fit;
  const auto at = std::ranges::upper_bound(pieces_, offset, {}, &Piece::offset);
  const bool continues = at == pieces_.end() && !pieces_.empty() && pieces_.back().end() == offset;
  pieces_.insert(at, {.offset = offset,
                      .payload = wire::Bytes(payload.begin(), payload.end()),
                      .begins_run = !continues});
  bytes_ += payload.size();
  return Fit::fits;
}

void FragmentRuns::clear() {
  pieces_.clear();
  bytes_ = 0;
}

}  // namespace natstep::model
