// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/ipv6_path.h"

#include "model/clause_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/router/ipv6_answers.h"
#include "model/router/ipv6_route.h"
#include "model/router/route_words.h"
#include "model/router/segments.h"
#include "model/wire/icmpv6.h"

#include <algorithm>
#include <string>

namespace natstep::model {
namespace {

using namespace ipv6_address;
namespace icmpv6 = wire::icmpv6;

constexpr std::uint8_t interface_scope = 1;

/// What RFC 4291 forbids to be on a link at all.
std::optional<std::string_view> refuse_addresses(Step& step, const Packet& packet) {
  const wire::Ipv6View header(packet.bytes);
  const wire::Address source = header.src_address();
  const wire::Address destination = header.dst_address();
  const bool from_outside = packet.in != loopback_port;
  if (from_outside && (is_loopback(source) || is_loopback(destination)) &&
      step.holds(Clause::ipv6_loopback_address_is_not_received)) {
    return "a loopback address from outside";
  }
  if (is_multicast(destination) && multicast_scope(destination) <= interface_scope &&
      (from_outside || multicast_scope(destination) == 0) &&
      step.holds(Clause::ipv6_group_of_no_scope_is_not_received)) {
    return "a multicast group that does not leave its interface";
  }
  if (is_multicast(source) && step.holds(Clause::ipv6_group_source_is_not_received)) {
    return "the source is a multicast address";
  }
  return std::nullopt;
}

/// A payload length of zero belongs to a jumbogram only behind a hop-by-hop header.
std::optional<std::string_view> trim(Step& step, Packet& packet) {
  const wire::Ipv6View header(packet.bytes);
  const bool hop_by_hop = header.next_header() == wire::ip_protocol::hop_by_hop;
  if (header.payload_length() == 0 && hop_by_hop) return std::nullopt;
  const std::size_t length = header.total_length();
  if (length > packet.bytes.size() && step.holds(Clause::truncated_ipv6_packet_is_not_received)) {
    return "the payload length is more than what came";
  }
  if (length < packet.bytes.size() &&
      step.holds(Clause::bytes_behind_the_ipv6_packet_are_trimmed)) {
    packet.bytes.resize(length);
  }
  return std::nullopt;
}

/// ip6_rcv_core.
std::optional<std::string_view> refuse(Step& step, Packet& packet) {
  if (!step.topology().speaks_ipv6()) return "the box does not speak IPv6";
  if (!wire::Ipv6View::parse(packet.bytes)) return "shorter than an IPv6 header";
  if (const auto reason = refuse_addresses(step, packet)) return reason;
  if (const auto reason = trim(step, packet)) return reason;
  const wire::Ipv6View header(packet.bytes);
  if (header.next_header() != wire::ip_protocol::hop_by_hop) return std::nullopt;
  const OptionsResult options =
      parse_ipv6_options(step, packet, wire::ipv6::size, wire::ip_protocol::hop_by_hop);
  return options == OptionsResult::fine ? std::nullopt
                                        : std::optional("its hop-by-hop options are refused");
}

void say(Step& step, const Packet& packet, std::string_view function, Verdict verdict,
         std::string_view what) {
  step.walk(Actor::routing, Hook::pre_routing, 0, function, packet, verdict, [&] { return what; });
}

void complain(Step& step, const Packet& packet, Clause clause, const IcmpError& error,
              std::string_view reason) {
  ends(step, packet, Fate::dropped_by_routing, reason);
  if (step.holds(clause)) icmpv6_send(step, packet, error);
}

/// ip6_pkt_drop.
void refuse_route(Step& step, const Packet& packet, const RouteDecision& decision) {
  switch (decision.kind) {
    case RouteKind::no_route:
      return complain(step, packet, Clause::no_ipv6_route_is_reported,
                      {.type = icmpv6::unreachable, .code = icmpv6::no_route},
                      "no route to the destination");
    case RouteKind::unreachable:
      return complain(step, packet, Clause::unreachable_ipv6_route_is_reported,
                      {.type = icmpv6::unreachable, .code = icmpv6::no_route},
                      "an unreachable route");
    case RouteKind::prohibit:
      return complain(step, packet, Clause::prohibit_ipv6_route_is_reported,
                      {.type = icmpv6::unreachable, .code = icmpv6::admin_prohibited},
                      "a prohibit route");
    default:
      return ends(step, packet, Fate::dropped_by_routing,
                  decision.reason.empty() ? "a blackhole route" : decision.reason);
  }
}

void local_in(Step& step, Packet& packet) {
  packet.out = no_port;
  if (!run_hook(step, packet, Hook::local_in)) return;
  ends(step, packet, Fate::delivered, "reached the box's own stack");
  deliver_ipv6(step, packet);
}

/// Why a source may not be forwarded to another link; only that of a neighbour is told.
bool source_may_leave(Step& step, const Packet& packet) {
  const wire::Address source = source_of(packet.bytes);
  if ((is_unspecified(source) || is_loopback(source)) &&
      step.holds(Clause::unspecified_source_is_not_forwarded)) {
    ends(step, packet, Fate::dropped_by_routing, "the source is no address");
    return false;
  }
  if (is_link_local(source) && step.holds(Clause::link_local_source_is_not_forwarded)) {
    ends(step, packet, Fate::dropped_by_routing, "the source is of its own link only");
    icmpv6_send(step, packet, {.type = icmpv6::unreachable, .code = icmpv6::beyond_scope});
    return false;
  }
  return true;
}

bool has_link_local(const Topology& topology, PortId port) {
  return port < topology.ports.size() &&
         std::ranges::any_of(topology.ports[port].addresses, [](const wire::Prefix& prefix) {
           return prefix.address.family == wire::AddressFamily::ipv6 &&
                  is_link_local(prefix.address);
         });
}

/// What goes back where it came from is redirected by those who have a link-local address.
bool source_acceptable(Step& step, const Packet& packet, PortId out) {
  if (packet.in != out) return source_may_leave(step, packet);
  if (has_link_local(step.topology(), out)) step.unspecified(Missing::ipv6_redirect);
  return true;
}

/// ip6_pkt_too_big, for what is above the MTU.
bool too_large(Step& step, const Packet& packet, std::uint32_t mtu) {
  if (segments_fit(packet, mtu)) return !step.holds(Clause::large_packet_of_small_segments_passes);
  if (!packet.assembled) return true;
  if (packet.assembled.max_size > mtu) return step.holds(Clause::large_ipv6_fragment_is_refused);
  return !step.holds(Clause::ipv6_fragments_that_fit_pass);
}

bool fits(Step& step, const Packet& packet, PortId out) {
  const std::uint32_t mtu =
      std::max<std::uint32_t>(mtu_of(step.topology(), out), wire::ipv6::min_mtu);
  if (packet.bytes.size() <= mtu || !too_large(step, packet, mtu)) return true;
  complain(step, packet, Clause::large_ipv6_packet_is_refused,
           {.type = icmpv6::packet_too_big, .rest = mtu}, "larger than the MTU");
  return false;
}

void decrease_hop_limit(Step& step, Packet& packet) {
  const wire::Ipv6Edit header(packet.bytes);
  const std::uint8_t limit = header.hop_limit();
  if (step.holds(Clause::forwarding_decrements_hop_limit)) {
    header.set_hop_limit(static_cast<std::uint8_t>(limit - 1));
  }
  step.walk(Actor::routing, Hook::pre_routing, 0, "ip6_forward", packet, Verdict::accept, [&] {
    return "hop limit " + std::to_string(limit) + " -> " + std::to_string(header.hop_limit());
  });
}

/// ip6_forward: forwarding allowed, hop limit, source, MTU; then the packet is changed.
void forward(Step& step, Packet& packet, PortId out) {
  if (!step.settings().ipv6_forwarding && step.holds(Clause::ipv6_forwarding_must_be_on)) {
    return ends(step, packet, Fate::dropped_by_routing, "forwarding is off");
  }
  if (wire::Ipv6View(packet.bytes).hop_limit() <= 1) {
    say(step, packet, "ip6_forward", Verdict::drop, "the hop limit expired");
    return complain(step, packet, Clause::expired_hop_limit_is_reported,
                    {.type = icmpv6::time_exceeded}, "the hop limit expired");
  }
  if (!source_acceptable(step, packet, out) || !fits(step, packet, out)) return;
  decrease_hop_limit(step, packet);
  packet.out = out;
  if (run_hook(step, packet, Hook::forward)) post_routing(step, packet);
}

void follow(Step& step, Packet& packet, const RouteDecision& decision) {
  switch (decision.kind) {
    case RouteKind::local:
    case RouteKind::broadcast:
      return local_in(step, packet);
    case RouteKind::forward:
      return forward(step, packet, decision.out);
    default:
      return refuse_route(step, packet, decision);
  }
}

/// "local -> forward to lan" when NAT turned the decision.
std::string routing_words(Step& step, const Packet& packet, const RouteDecision& decision,
                          const wire::Address& arrived_for) {
  std::string now = decision_text(step, decision);
  if (destination_of(packet.bytes) == arrived_for) return now;
  const std::string before = decision_text(step, route_input_ipv6_to(step, packet, arrived_for));
  return before == now ? now : before + " -> " + now;
}

}  // namespace

/// ip6_rcv_finish: a packet that the box sent to itself still has its route, unless NAT has made it
/// useless.
void enter_ipv6(Step& step, Packet& packet) {
  const wire::Address arrived_for = destination_of(packet.bytes);
  if (!run_hook(step, packet, Hook::pre_routing)) return;
  if (packet.in == loopback_port && !packet.route_stale) return local_in(step, packet);
  packet.route_stale = false;
  const RouteDecision decision = route_input_ipv6(step, packet);
  step.walk(Actor::routing, Hook::pre_routing, 0, "ip6_route_input", packet, verdict_of(decision),
            [&] { return routing_words(step, packet, decision, arrived_for); });
  follow(step, packet, decision);
}

void receive_ipv6(Step& step, Packet& packet) {
  if (const auto reason = refuse(step, packet)) {
    return ends(step, packet, Fate::not_received, *reason);
  }
  enter_ipv6(step, packet);
}

void send_ipv6(Step& step, Packet& packet) {
  packet.from_box = true;
  if (!wire::Ipv6View::parse(packet.bytes)) {
    return ends(step, packet, Fate::not_received, "the socket refuses the header");
  }
  const RouteDecision route = route_output_ipv6(step, destination_of(packet.bytes));
  if (route.kind == RouteKind::broadcast) step.unspecified(Missing::sent_to_a_multicast_group);
  if (ipv6_address::is_unspecified(destination_of(packet.bytes)))
    step.unspecified(Missing::sent_to_the_unspecified_address);
  if (route.kind != RouteKind::forward && route.kind != RouteKind::local) {
    return ends(step, packet, Fate::dropped_by_routing, "no route to the destination");
  }
  if (packet.bytes.size() > mtu_of(step.topology(), route.out)) {
    return ends(step, packet, Fate::not_received, "the socket refuses what is above the MTU");
  }
  packet.out = route.out;
  send_from_box(step, packet);
}

}  // namespace natstep::model
