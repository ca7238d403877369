// SPDX-License-Identifier: GPL-2.0-or-later
// The bytes of a stimulus, and what of them is left to a device.
#include "harness/lockstep/play.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <optional>
#include <utility>

namespace natstep::harness {

/// Where the checksum of TCP or UDP stands; other protocols' are not left to devices.
std::optional<netns::PartialChecksum> partial_checksum(wire::ByteView packet) {
  const auto where = model::locate_l4(packet);
  if (!where) return std::nullopt;
  const auto start = static_cast<std::uint16_t>(where->offset);
  switch (where->protocol) {
    case model::protocol::tcp:
      return netns::PartialChecksum{.start = start, .offset = wire::tcp::checksum};
    case model::protocol::udp:
      return netns::PartialChecksum{.start = start, .offset = wire::udp::checksum};
    default:
      return std::nullopt;
  }
}

/// How a device is told to cut the packet; nothing when it would not take it for one of many
/// segments (virtio_net_hdr_to_skb does not count options of TCP).
std::optional<netns::Segmentation> segmentation(wire::ByteView packet, std::uint16_t payload) {
  using Kind = netns::Segmentation::Kind;
  const auto where = model::locate_l4(packet);
  if (!where || payload == 0) return std::nullopt;
  const bool tcp = where->protocol == model::protocol::tcp;
  const std::size_t least = where->offset + (tcp ? wire::tcp::min_size : wire::udp::size);
  if (packet.size() <= least + payload) return std::nullopt;
  const auto options = tcp ? wire::TcpView(model::l4_of(packet, *where)).options().size() : 0;
  const Kind of_tcp = model::is_ipv6(packet) ? Kind::tcp_ipv6 : Kind::tcp_ipv4;
  return netns::Segmentation{.kind = tcp ? of_tcp : Kind::udp,
                             .headers = static_cast<std::uint16_t>(least + options),
                             .payload = payload};
}

wire::Bytes build_packet(const PacketSource& source, const wire::Variables& variables) {
  if (source.kind != PacketSource::Kind::notation) return source.bytes;
  auto built = source.notation.build(variables);
  if (!built) {
    throw UnbuildablePacket{
        .pos = source.pos, .message = built.error().message, .hint = built.error().hint};
  }
  return std::move(built.value());
}

BuiltStimulus build_stimulus(const StimulusLine& line, const wire::Variables& variables) {
  model::Packet packet;
  packet.bytes = build_packet(line.packet, variables);
  const auto partial = line.offload ? partial_checksum(packet.bytes) : std::nullopt;
  if (partial) model::leave_checksum_to_device(packet);
  const auto segments = partial ? segmentation(packet.bytes, line.segment) : std::nullopt;
  return {.bytes = std::move(packet.bytes), .partial = partial, .segments = segments};
}

}  // namespace natstep::harness
