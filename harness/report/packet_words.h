// SPDX-License-Identifier: GPL-2.0-or-later
// What became of a packet, in words: the first thing that a report says.
#pragma once

#include "model/topology.h"
#include "model/wire/bytes.h"
#include "netns/observation.h"

#include <string>
#include <vector>

namespace natstep::harness {

/// "forwards to lan, destination rewritten, udp.checksum 0x7d1e valid"; "answers on lan with icmp
/// ...". `idle` is said when nothing left.
std::string frames_in_words(const model::Topology& topology, wire::ByteView sent,
                            const std::vector<netns::Frame>& frames, const std::string& idle);

/// A Scapy expression that builds exactly these bytes.
std::string as_scapy(wire::ByteView packet);

}  // namespace natstep::harness
