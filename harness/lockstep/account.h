// SPDX-License-Identifier: GPL-2.0-or-later
// What one side says about one step, all of it in one value, and what two such accounts differ in.
#pragma once

#include "harness/lockstep/outcome.h"
#include "harness/lockstep/play.h"
#include "model/topology.h"
#include "model/wire/bytes.h"

#include <map>
#include <string>
#include <vector>

namespace natstep::harness {

/// All that one side says about a step.
struct Account {
  std::vector<wire::Bytes> frames;
  std::vector<model::PortId> ports;
  std::vector<wire::Bytes> taps;
  std::vector<netns::CtEntry> entries;
};

Account account_of(const Replayed& replayed);
Account account_of_kernel(const StepRecord& record);

/// One value in two accounts.
struct Difference {
  std::string left{};
  std::string right{};
};

/// What two accounts of the same step differ in, by name: "udp.checksum of frame 0".
using Differences = std::map<std::string, Difference>;
Differences between(const Account& left, const Account& right);

}  // namespace natstep::harness
