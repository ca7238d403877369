// SPDX-License-Identifier: GPL-2.0-or-later
// The path of a packet through the box, from hook to hook. step() starts it; the box's own answers
// join it at LOCAL_OUT. Source: net/ipv4/{ip_input,ip_forward,ip_output}.c.
#pragma once

#include "model/hook.h"
#include "model/model.h"

#include <cstddef>
#include <string_view>

namespace natstep::model {

struct Packet;
struct RouteDecision;
class Step;

/// Runs everything that stands at `hook`, in order, until a verdict ends the packet. False when it
/// was ended.
bool run_hook(Step& step, Packet& packet, Hook hook);

/// The same from the function with index `first` on.
bool run_hook_from(Step& step, Packet& packet, Hook hook, std::size_t first);

/// What follows a hook that the packet has passed, for one that waited there.
void after_hook(Step& step, Packet& packet, Hook hook);

/// ip_forward: the TTL is judged first, then a strict source route, then the MTU, and all before
/// anything is changed.
void forward(Step& step, Packet& packet, const RouteDecision& route);

/// ip_forward_finish: what follows FORWARD.
void leave_forward(Step& step, Packet& packet);

/// POST_ROUTING and what follows it.
void post_routing(Step& step, Packet& packet);

/// The packet leaves by the port in `packet.out`.
void transmit(Step& step, Packet& packet);

/// From PRE_ROUTING on: an IPv4 packet that came in, or back by the loopback.
void pre_routing(Step& step, Packet& packet);

/// ip_finish_output: what does not fit is cut, or refused when it must not be. What came in
/// fragments is cut in any case.
void output(Step& step, Packet& packet);

/// ip_route_me_harder, ip6_route_me_harder: a new route for a new destination. The hook goes on
/// with the port that it began with. Without a way to the destination the packet ends here.
Verdict reroute(Step& step, Packet& packet);

/// From LOCAL_OUT on: the box sends `packet`, whose route is in `packet.out`.
void send_from_box(Step& step, Packet& packet);

/// Releases what the packet holds: its entry and its bytes.
void dispose(Step& step, Packet& packet);

/// Says what became of the stimulus packet. The first word counts; packets that the box made have
/// no fate.
void ends(Step& step, const Packet& packet, Fate fate, std::string_view reason);

}  // namespace natstep::model
