// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel did in a scenario, as text that can be compared with what another kernel did:
// exact frames in the packet notation, and the conntrack entries after each step.
#pragma once

#include "harness/lockstep/outcome.h"
#include "harness/scenario/scenario.h"
#include "netns/kernel_dut.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace natstep::harness {

struct StepBehaviour {
  int line = 0;                        // of the stimulus
  std::string sent = {};               // "in lan udp ..."
  std::vector<std::string> seen = {};  // "out wan udp ..." a frame, "ct udp ..." an entry
  /// The kernel was free to choose a port or an identifier, so that it may show another one the
  /// next time. Identifications of IP are left out of what is seen.
  bool free = false;
  /// The features of its profile, of those that were asked about, that decide what is seen here,
  /// and nowhere before.
  std::vector<std::string> features = {};
};
using Behaviour = std::vector<StepBehaviour>;

/// What lockstep saw.
Behaviour behaviour_of(const Scenario& scenario, const Outcome& outcome);

/// Plays the scenario with the kernel alone: nothing is predicted. Ends early where a packet needs
/// a value that only a pin could have told. An outcome when the kernel cannot be made ready for it,
/// as when it refuses the rules. Throws EnvironmentError.
std::variant<Behaviour, Outcome> observe_alone(const Scenario& scenario, netns::KernelDut& dut);

/// The first step at which two kernels do not do the same.
struct BehaviourDifference {
  int line = 0;
  std::string sent = {};
  std::vector<std::string> left = {};      // what only the one showed
  std::vector<std::string> right = {};     // what only the other showed
  std::vector<std::string> features = {};  // that either of them says decide there
};
/// Where something is free, it is a difference only if a feature is at work there; and all that
/// comes behind may follow from what was chosen.
std::optional<BehaviourDifference> first_difference(const Behaviour& left, const Behaviour& right);

/// Frames in their order, then the entries.
bool shows_the_same(const StepBehaviour& left, const StepBehaviour& right);

/// The same frame byte by byte, or the same entry, whose timeout may have run on for a moment.
bool is_same_sight(const std::string& left, const std::string& right);

std::string encode(const Behaviour& behaviour);
Behaviour decode_behaviour(const std::string& text);

}  // namespace natstep::harness
