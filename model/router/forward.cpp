// SPDX-License-Identifier: GPL-2.0-or-later
// What happens to a packet between its route and POST_ROUTING. Source: net/ipv4/ip_forward.c.
#include "model/clause_names.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/answers.h"
#include "model/router/ip_options.h"
#include "model/router/route.h"
#include "model/router/segments.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"

#include <string>

namespace natstep::model {
namespace {

void decrease_ttl(Step& step, Packet& packet) {
  wire::Ipv4Edit header(packet.bytes);
  const std::uint8_t ttl = header.ttl();
  if (step.holds(Clause::ttl_checksum_is_updated)) {
    header.set_checksum(wire::csum_decrease_ttl(header.checksum()));
  }
  if (step.holds(Clause::forwarding_decrements_ttl)) {
    header.set_ttl(static_cast<std::uint8_t>(ttl - 1));
  }
  step.walk(Actor::routing, Hook::pre_routing, 0, "ip_forward", packet, Verdict::accept,
            [&] { return "ttl " + std::to_string(ttl) + " -> " + std::to_string(header.ttl()); });
}

/// A packet that may not be forwarded; its sender is told.
void refuse_forward(Step& step, Packet& packet, const IcmpError& error, std::string_view reason) {
  step.walk(Actor::routing, Hook::pre_routing, 0, "ip_forward", packet, Verdict::drop,
            [&] { return reason; });
  ends(step, packet, Fate::dropped_by_routing, reason);
  icmp_send(step, packet, RouteKind::forward, error);
}

/// ip_exceeds_mtu.
bool too_large(Step& step, const Packet& packet, std::uint32_t mtu) {
  if (packet.bytes.size() <= mtu || !wire::Ipv4View(packet.bytes).df()) return false;
  if (segments_fit(packet, mtu)) return !step.holds(Clause::large_packet_of_small_segments_passes);
  if (!packet.assembled) return step.holds(Clause::large_packet_with_df_is_refused);
  if (packet.assembled.max_size > mtu) return step.holds(Clause::large_fragment_with_df_is_refused);
  return !step.holds(Clause::fragments_with_df_that_fit_pass);
}

}  // namespace

void leave_forward(Step& step, Packet& packet) {
  finish_options(step, packet);
  post_routing(step, packet);
}

void forward(Step& step, Packet& packet, const RouteDecision& route) {
  const wire::Ipv4View header(packet.bytes);
  if (header.ttl() <= 1 && step.holds(Clause::expired_ttl_is_reported)) {
    return refuse_forward(step, packet, {.type = wire::icmpv4::time_exceeded}, "the TTL expired");
  }
  if (packet.options.strict && route.gateway &&
      step.holds(Clause::strict_source_route_needs_no_gateway)) {
    return refuse_forward(
        step, packet,
        {.type = wire::icmpv4::unreachable, .code = wire::icmpv4::source_route_failed},
        "a strict source route through a gateway");
  }
  const std::uint32_t mtu = mtu_of(step.topology(), route.out);
  if (too_large(step, packet, mtu)) {
    const std::uint32_t told = step.holds(Clause::refusal_tells_the_mtu) ? mtu : 0;
    return refuse_forward(step, packet,
                          {.type = wire::icmpv4::unreachable,
                           .code = wire::icmpv4::fragmentation_needed,
                           .rest = told},
                          "larger than the MTU");
  }
  decrease_ttl(step, packet);
  packet.out = route.out;
  if (run_hook(step, packet, Hook::forward)) leave_forward(step, packet);
}

}  // namespace natstep::model
