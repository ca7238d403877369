// SPDX-License-Identifier: GPL-2.0-or-later
// Making a scenario smaller as long as something stays true of it: first packets, then their
// fields, then rules, settings and the box. It knows neither kernel nor model, only the question.
#pragma once

#include "harness/scenario/scenario.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// Whether the scenario still shows what matters. Asked for scenarios that parse, and never for the
/// one that was given.
using StillShows = std::function<bool(const Scenario&)>;

/// Whether what the script claims may go as well.
enum class Pins : std::uint8_t { keep, leave_out };

struct ReduceLimits {
  std::size_t most_runs = 150;  // questions
  Pins pins = Pins::keep;
};

struct Reduced {
  Scenario scenario;
  std::size_t runs = 0;
};

/// Leaves out halves, then quarters, down to single steps, words of packets, lines of rules and
/// statements in them, sysctls and lines of the topology, again until nothing more can go or the
/// limit is reached (delta debugging: Zeller and Hildebrandt, "Simplifying and Isolating
/// Failure-Inducing Input", 2002).
Reduced reduce(const Scenario& scenario, const StillShows& still_shows,
               const ReduceLimits& limits = {});

/// Tries to leave out units from the last to the first, all at once, then halves, down to single
/// ones. `without(from, count)` says whether those units are gone for good.
void leave_out(std::size_t units,
               const std::function<bool(std::size_t from, std::size_t count)>& without);

/// How many lines of rules a reader sees; what only closes a brace is none.
std::size_t count_rules(const Scenario& scenario);

/// Words of the packet notation; a quoted text and a nested packet are one word each.
std::vector<std::string> words_of_packet(std::string_view text);

/// The places in a text of rules that may be left out: whole lines, whole braced blocks, and
/// statements that end in a semicolon; the longest first.
struct Extent {
  std::size_t from = 0;
  std::size_t count = 0;  // characters
};
std::vector<Extent> pieces_of_rules(std::string_view text);

}  // namespace natstep::harness
