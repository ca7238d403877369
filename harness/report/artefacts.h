// SPDX-License-Identifier: GPL-2.0-or-later
// What a diverged run leaves behind: everything that is needed to look at it again without running
// it.
#pragma once

#include "harness/lockstep/outcome.h"
#include "harness/report/report.h"
#include "harness/scenario/scenario.h"

#include <filesystem>
#include <string>

namespace natstep::harness {

/// Writes into `directory`, which is made: scenario.nat, report.txt, a PORT.pcap for each port
/// (what came in and what the kernel sent out), conntrack.txt (both sides' entries after each
/// step), walk.txt, and reproduce.py where the finding can be told from outside. Throws
/// netns::EnvironmentError.
void write_artefacts(const std::filesystem::path& directory, const Scenario& scenario,
                     const Outcome& outcome, const ReportContext& context);

/// DIR/NAME, where NAME is the scenario's file name without its ending.
std::filesystem::path artefact_directory(const std::filesystem::path& out,
                                         const Scenario& scenario);

}  // namespace natstep::harness
