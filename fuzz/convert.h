// SPDX-License-Identifier: GPL-2.0-or-later
// Programs and scenarios: what an execution did as a .nat file that anybody can play, and scenarios
// of the corpus as programs to start from.
#pragma once

#include "fuzz/forge.h"
#include "fuzz/program.h"
#include "harness/scenario/scenario.h"

#include <cstdint>
#include <optional>
#include <span>

namespace natstep::fuzz {

struct Trace;

/// Ports that packets have anyway may be taken for a chosen one of the same value.
enum class Naming : std::uint8_t { uncommon, all };

/// `base` with a step for each packet that went in. Where the kernel chose a port and later packets
/// have it, a pin gives it a name, so that the scenario fits what the kernel chooses next time.
harness::Scenario scenario_of(const harness::Scenario& base, std::span<const Trace> traces,
                              Naming naming = Naming::uncommon);

/// A scenario as a program; nothing for one that has what programs cannot say (Scapy, waits,
/// events, offloads, settings of the whole machine, too many steps).
std::optional<Program> program_of(const harness::Scenario& scenario);

}  // namespace natstep::fuzz
