// SPDX-License-Identifier: GPL-2.0-or-later
// A conntrack entry field by field, for comparing and for reports.
#pragma once

#include "harness/lockstep/outcome.h"

#include <string>
#include <vector>

namespace natstep::harness {

struct EntryRow {
  std::string name;  // "reply", "status", "timeout", ...
  std::string model;
  std::string kernel;
  bool differs = false;  // not the same as different texts: a timeout has a window
};

/// The fields of an entry that both sides have. `elapsed_seconds` is how long the entry may have
/// aged.
std::vector<EntryRow> entry_rows(const EntryPair& pair, double elapsed_seconds);

/// "udp 10.0.1.2:4000 > 198.51.100.9:53 reply 198.51.100.9:53 > 203.0.113.1:4000 [seen_reply ...]
/// timeout 30".
std::string to_string(const netns::CtEntry& entry);

}  // namespace natstep::harness
