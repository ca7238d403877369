// SPDX-License-Identifier: GPL-2.0-or-later
// Makes the packets of a program, one after the other, from what the earlier ones came to.
#pragma once

#include "fuzz/program.h"
#include "harness/scenario/scenario.h"
#include "model/topology.h"
#include "model/wire/bytes.h"
#include "netns/observation.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace natstep::fuzz {

/// What an earlier step put in, and what left. An event put nothing in.
struct PastStep {
  wire::ByteView stimulus;
  netns::PortId port = netns::no_port;  // no_port: the box itself sent it
  std::span<const netns::Frame> frames;
};

struct Forged {
  wire::Bytes bytes{};
  model::PortId port = model::no_port;    // no_port: the box itself sends it
  std::optional<harness::Event> event{};  // instead of a packet
  bool offload = false;                   // its checksum is left to a device
  std::uint16_t segment = 0;              // and so is to cut it: bytes of payload in each
};

/// The packet of `op`, or its event. Nothing of either where there can be none. A subject that is
/// not there is replaced by a fresh packet, so that every program is played to its end.
Forged forge(const Op& op, std::span<const PastStep> past, const model::Topology& topology);

/// The packet that `op` begins a flow with, whatever its source.
wire::Bytes fresh_packet(const Op& op, const model::Topology& topology);

}  // namespace natstep::fuzz
