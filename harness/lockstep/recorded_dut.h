// SPDX-License-Identifier: GPL-2.0-or-later
// A device that shows what was recorded, or made up by a test: the comparison without a kernel.
#pragma once

#include "netns/dut.h"

#include <cstddef>
#include <vector>

namespace natstep::harness {

/// What the device shows of one stimulus, and its entries afterwards.
struct Recording {
  netns::Observation observation;
  std::vector<netns::CtEntry> entries;
};

class RecordedDut final : public netns::Dut {
 public:
  explicit RecordedDut(std::vector<Recording> recordings) : recordings_(std::move(recordings)) {}

  /// Shows the next recording, whatever the stimulus. Throws EnvironmentError when there is none
  /// left.
  void apply(const netns::Stimulus& stimulus, const netns::ObserveOptions& options,
             netns::Observation& out) override;
  std::optional<netns::RuleError> happen(const netns::Event& event,
                                         const netns::ObserveOptions& options,
                                         netns::Observation& out) override;
  std::optional<netns::CtEntry> find_entry(const netns::CtTuple& tuple,
                                           std::uint16_t zone) override;
  std::uint32_t entry_count() override;
  netns::CtStats stats() override { return {}; }

 private:
  void show_next(netns::Observation& out);
  [[nodiscard]] const std::vector<netns::CtEntry>& entries() const;

  std::vector<Recording> recordings_;
  std::size_t applied_ = 0;
};

}  // namespace natstep::harness
