// SPDX-License-Identifier: GPL-2.0-or-later
// What of a packet is left to the device that it comes from: its checksum, and to cut it.
#pragma once

#include "fuzz/forge.h"
#include "fuzz/program.h"
#include "netns/observation.h"

#include <cstdint>
#include <optional>

namespace natstep::fuzz {

struct DeviceWork {
  std::optional<netns::PartialChecksum> partial;
  std::optional<netns::Segmentation> segments;
};
/// A packet of many segments comes into a queue of user space one by one, where the model holds it
/// as a whole.
enum class Segments : std::uint8_t { one, many };

/// Leaves undone in the packet what `op` says, where its protocol allows it and nothing else is odd
/// about it: senders that know of devices make no other packets.
DeviceWork leave_to_device(const Op& op, Segments segments, Forged& forged);

}  // namespace natstep::fuzz
