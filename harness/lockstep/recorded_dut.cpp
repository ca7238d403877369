// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/recorded_dut.h"

#include <algorithm>

namespace natstep::harness {

void RecordedDut::apply(const netns::Stimulus&, const netns::ObserveOptions&,
                        netns::Observation& out) {
  show_next(out);
}

std::optional<netns::RuleError> RecordedDut::happen(const netns::Event&,
                                                    const netns::ObserveOptions&,
                                                    netns::Observation& out) {
  show_next(out);
  return std::nullopt;
}

void RecordedDut::show_next(netns::Observation& out) {
  if (applied_ == recordings_.size()) {
    throw netns::EnvironmentError(netns::EnvironmentError::Kind::failed,
                                  "nothing more was recorded");
  }
  out = recordings_[applied_++].observation;
}

const std::vector<netns::CtEntry>& RecordedDut::entries() const {
  static const std::vector<netns::CtEntry> none;
  return applied_ == 0 ? none : recordings_[applied_ - 1].entries;
}

std::optional<netns::CtEntry> RecordedDut::find_entry(const netns::CtTuple& tuple,
                                                      std::uint16_t zone) {
  const auto found = std::ranges::find_if(entries(), [&](const netns::CtEntry& entry) {
    netns::CtTuple wanted = tuple;
    if (zone != 0) wanted.zone = zone;
    return entry.original == wanted || entry.reply == wanted;
  });
  return found == entries().end() ? std::nullopt : std::optional(*found);
}

std::uint32_t RecordedDut::entry_count() {
  return static_cast<std::uint32_t>(entries().size());
}

}  // namespace natstep::harness
