// SPDX-License-Identifier: GPL-2.0-or-later
// Packets written to a file that tcpdump and Wireshark read.
#pragma once

#include "model/wire/bytes.h"

#include <cstdint>
#include <filesystem>
#include <span>

namespace natstep::netns {

struct CapturedPacket {
  std::uint64_t microseconds = 0;  // a label: any count that grows
  wire::ByteView bytes;            // an IPv4 or IPv6 packet without link layer
};

/// Writes a classic pcap file of link type DLT_RAW. Throws EnvironmentError.
void write_capture(const std::filesystem::path& path, std::span<const CapturedPacket> packets);

}  // namespace natstep::netns
