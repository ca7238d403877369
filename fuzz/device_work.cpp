// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/device_work.h"

#include "fuzz/packet_parts.h"
#include "harness/lockstep/play.h"
#include "model/packet.h"

#include <utility>

namespace natstep::fuzz {
namespace {

/// IPv6 and TCP with the options that there are.
constexpr std::size_t most_headers = 40 + 60;

}  // namespace

DeviceWork leave_to_device(const Op& op, Segments segments, Forged& forged) {
  const bool well_formed = op.patches.empty() && op.source != Source::piece;
  if (op.offload == 0 || !well_formed || forged.port == model::no_port || forged.bytes.empty())
    return {};
  DeviceWork work{.partial = harness::partial_checksum(forged.bytes), .segments = std::nullopt};
  if (!work.partial) return work;
  model::Packet packet;
  packet.bytes = std::move(forged.bytes);
  model::leave_checksum_to_device(packet);
  forged.bytes = std::move(packet.bytes);
  forged.offload = true;
  const std::uint16_t size = segment_size(op.offload);
  // Options of TCP do not count.
  const bool many =
      segments == Segments::many && size != 0 && forged.bytes.size() > size + most_headers;
  if (many) work.segments = harness::segmentation(forged.bytes, size);
  if (work.segments) forged.segment = size;
  return work;
}

}  // namespace natstep::fuzz
