// SPDX-License-Identifier: GPL-2.0-or-later
// The path of an IPv6 packet through the box, from hook to hook. Sources:
// net/ipv6/{ip6_input,ip6_output,exthdrs}.c.
#pragma once

#include "model/path.h"

#include <cstddef>
#include <cstdint>

namespace natstep::model {

/// ip6_rcv: a packet comes in by a port.
void receive_ipv6(Step& step, Packet& packet);
/// From PRE_ROUTING on: also what the box sent to itself.
void enter_ipv6(Step& step, Packet& packet);
/// The box sends a packet of the scenario through a raw socket (rawv6_send_hdrinc).
void send_ipv6(Step& step, Packet& packet);
/// What became of the options of a hop-by-hop or destination options header.
enum class OptionsResult : std::uint8_t { fine, dropped };
/// ip6_parse_tlv: the options header that begins at `offset`. What has to be complained about is.
OptionsResult parse_ipv6_options(Step& step, Packet& packet, std::size_t offset,
                                 std::uint8_t header);

}  // namespace natstep::model
