// SPDX-License-Identifier: GPL-2.0-or-later
// Makes the packets of a program, one after the other, from what the earlier ones came to.
#pragma once

#include "fuzz/program.h"
#include "model/topology.h"
#include "model/wire/bytes.h"
#include "netns/observation.h"

#include <span>
#include <vector>

namespace natstep::fuzz {

/// What an earlier step put in, and what left.
struct PastStep {
  wire::ByteView stimulus;
  netns::PortId port = netns::no_port;  // no_port: the box itself sent it
  std::span<const netns::Frame> frames;
};

struct Forged {
  wire::Bytes bytes;
  model::PortId port = model::no_port;  // no_port: the box itself sends it
};

/// The packet of `op`. A subject that is not there is replaced by a fresh packet, so that every
/// program is played to its end.
Forged forge(const Op& op, std::span<const PastStep> past, const model::Topology& topology);

}  // namespace natstep::fuzz
