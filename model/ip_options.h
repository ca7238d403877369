// SPDX-License-Identifier: GPL-2.0-or-later
// IP options on the way in. Source: net/ipv4/ip_input.c (ip_rcv_options), net/ipv4/ip_options.c
// (ip_options_compile).
#pragma once

namespace natstep::model {

struct Packet;
class Step;

/// False when the options end the packet: a source route, which the box does not follow.
bool accept_options(Step& step, const Packet& packet);

}  // namespace natstep::model
