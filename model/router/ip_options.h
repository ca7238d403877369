// SPDX-License-Identifier: GPL-2.0-or-later
// IP options on the way in. Source: net/ipv4/ip_input.c (ip_rcv_options), net/ipv4/ip_options.c
// (ip_options_compile).
#pragma once

#include "model/router/route_kind.h"

namespace natstep::model {

struct Packet;
class Step;

/// False when the options end the packet: one that cannot be read, which the sender is told of, or
/// a source route, which the box does not follow. `route` is how the packet was routed.
bool accept_options(Step& step, Packet& packet, RouteKind route);

/// ip_forward_options: the header checksum learns of what the options have become.
void finish_options(Packet& packet);

}  // namespace natstep::model
