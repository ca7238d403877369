// SPDX-License-Identifier: GPL-2.0-or-later
// Changing what a packet carries. Source: net/netfilter/nf_nat_helper.c.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace natstep::model {

struct Packet;
class Step;

/// Bytes of the payload, and what stands in their place afterwards.
struct Replacement {
  std::size_t at = 0;
  std::size_t size = 0;
  std::string_view text;
};

/// Whether the change of the length is noted at once, or by the caller (note_resize).
enum class Numbers : std::uint8_t { follow, follow_later };

/// __nf_nat_mangle_tcp_packet, nf_nat_mangle_udp_packet. False when the packet would become too
/// long.
bool mangle_tcp(Step& step, Packet& packet, const Replacement& replacement,
                Numbers numbers = Numbers::follow);
bool mangle_udp(Step& step, Packet& packet, const Replacement& replacement);

}  // namespace natstep::model
