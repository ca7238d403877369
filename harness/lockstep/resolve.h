// SPDX-License-Identifier: GPL-2.0-or-later
// Resolving: answers the model's questions with what the kernel was seen to do.
#pragma once

#include "model/choice.h"
#include "netns/observation.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace natstep::harness {

/// Answers from one step's observation. Evidence in this order: the conntrack event that shows the
/// entry, then the frame that left, then the packet at the last tap that it passed. What shows
/// nowhere is not answered.
class ObservationChooser final : public model::Chooser {
 public:
  explicit ObservationChooser(const netns::Observation& observation) : observation_(observation) {}
  std::optional<std::uint32_t> choose(const model::Choice& choice) override;

 private:
  [[nodiscard]] std::optional<std::uint32_t> from_event(const model::Choice& choice) const;
  [[nodiscard]] std::optional<std::uint32_t> from_packets(const model::Choice& choice) const;
  [[nodiscard]] std::optional<std::uint32_t> from_expectations(const model::Choice& choice) const;
  std::optional<std::uint32_t> ip_id(const model::Choice& choice);
  [[nodiscard]] std::optional<std::uint32_t> fragment_id(const model::Choice& choice) const;

  const netns::Observation& observation_;
  std::vector<std::uint32_t> ids_used_;  // a box that answers twice with equal packets uses two ids
};

/// Answers with values that were recorded before, in the order in which they were asked for; used
/// to play a scenario again to the model alone.
class RecordedChooser final : public model::Chooser {
 public:
  explicit RecordedChooser(const std::vector<model::BoundChoice>& choices) : choices_(choices) {}
  std::optional<std::uint32_t> choose(const model::Choice& choice) override;

 private:
  const std::vector<model::BoundChoice>& choices_;
  std::size_t next_ = 0;
};

}  // namespace natstep::harness
