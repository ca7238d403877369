// SPDX-License-Identifier: GPL-2.0-or-later
// Values that the kernel chose when something was found, and may choose otherwise next time: where
// they showed first, and where they stand in what is sent and seen later.
#pragma once

#include "harness/lockstep/outcome.h"

#include <cstddef>
#include <vector>

#include <nlohmann/json.hpp>

namespace natstep::harness {

class ChosenValues {
 public:
  /// All choices of the steps up to `last`.
  ChosenValues(const Outcome& outcome, std::size_t last);

  [[nodiscard]] bool empty() const { return chosen_.empty(); }
  /// CHOSEN of reproducer/base.py: step, frame, offset, length and value, where each showed first.
  [[nodiscard]] nlohmann::ordered_json shown() const;
  /// The places in `packet` that hold such a value: which, offset, and the offsets of the checksums
  /// that cover it, the innermost first.
  [[nodiscard]] nlohmann::ordered_json places_in(wire::ByteView packet) const;

 private:
  struct Chosen {
    std::size_t step = 0;
    std::size_t frame = 0;
    std::size_t offset = 0;
    std::uint32_t value = 0;
    std::size_t length = 0;  // bytes
    model::ChoiceKind kind{};
  };
  void note(const model::BoundChoice& choice, const StepRecord& record, std::size_t step);

  std::vector<Chosen> chosen_;
};

/// A reproducer reads port by port.
std::vector<netns::Frame> by_port(std::vector<netns::Frame> frames);

}  // namespace natstep::harness
