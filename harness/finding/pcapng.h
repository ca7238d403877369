// SPDX-License-Identifier: GPL-2.0-or-later
// A capture with a comment beside each packet, and an interface for each port, as Wireshark shows
// it. Format: draft-ietf-opsawg-pcapng.
#pragma once

#include "model/wire/bytes.h"

#include <cstdint>
#include <string>
#include <vector>

namespace natstep::harness {

struct CommentedPacket {
  std::uint32_t interface = 0;     // index into the names
  std::uint64_t microseconds = 0;  // a label: any count that grows
  wire::Bytes bytes;               // an IPv4 or IPv6 packet without link layer
  std::string comment;
};

/// The whole file. Interfaces are of link type Ethernet, with a header of zeros before each packet.
std::string pcapng(const std::vector<std::string>& interfaces,
                   const std::vector<CommentedPacket>& packets);

}  // namespace natstep::harness
