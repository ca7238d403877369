// SPDX-License-Identifier: GPL-2.0-or-later
// What a finding consists of, as files: all that someone needs who was not there.
#pragma once

#include "harness/finding/signature.h"
#include "harness/lockstep/outcome.h"
#include "harness/report/report.h"
#include "harness/scenario/scenario.h"

#include <string>
#include <vector>

namespace natstep::harness {

struct FileOfFinding {
  std::string name;
  std::string content;
};

/// scenario.nat, report.txt, report.json, packets.pcapng, packets.py (for Scapy), and reproduce.py;
/// where the last cannot be, reproduce.txt says why. The outcome must have its records.
std::vector<FileOfFinding> files_of_finding(const Scenario& scenario, const Outcome& outcome,
                                            const ReportContext& context);

/// The same of what the kernel or natstep died of. The outcome is broken and has the model's side;
/// the frames that it says were seen are a guess, which only reproduce.py needs.
std::vector<FileOfFinding> files_of_death(const Scenario& scenario, const Outcome& outcome,
                                          const ReportContext& context);

/// A Scapy script that builds every packet of the conversation, shows it, and writes a capture.
std::string scapy_script(const Scenario& scenario, const Outcome& outcome);

}  // namespace natstep::harness
