// SPDX-License-Identifier: GPL-2.0-or-later
// step(): one stimulus through the box. The route that a packet takes reads from top to bottom:
// receive, PRE_ROUTING, the routing decision, LOCAL_IN or FORWARD, POST_ROUTING, out; what the box
// sends begins at LOCAL_OUT.
#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/fragments/reassembly.h"
#include "model/held.h"
#include "model/helper/helper.h"
#include "model/hook_names.h"
#include "model/missing.h"
#include "model/model.h"
#include "model/nat/nat.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/answers.h"
#include "model/router/ip_options.h"
#include "model/router/ipv6_path.h"
#include "model/router/ipv6_route.h"
#include "model/router/route.h"
#include "model/router/route_words.h"
#include "model/rules/rules.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"

#include <string>

namespace natstep::model {
namespace {

/// NAT at LOCAL_OUT finds a new route at once, as part of the same hook function.
Verdict run_nat(Step& step, Packet& packet, Hook hook) {
  const Verdict verdict = nat_fn(step, packet, hook);
  const bool moved = verdict == Verdict::accept && hook == Hook::local_out && packet.route_stale;
  if (!moved) return verdict;
  if (step.holds(Clause::output_is_rerouted_after_nat)) return reroute(step, packet);
  packet.route_stale = false;
  return verdict;
}

/// Old kernels gave the helper a hook function of its own; today nf_confirm calls it first.
Verdict help_and_confirm(Step& step, Packet& packet, Hook hook, std::int32_t at) {
  if (!step.profile().helper_at_300 && run_helper(step, packet, hook, at) != Verdict::accept) {
    return Verdict::drop;
  }
  return conntrack_confirm(step, packet, hook);
}

Verdict run_entry(Step& step, Packet& packet, Hook hook, const HookEntry& entry) {
  switch (entry.actor) {
    case Actor::defrag:
      return conntrack_defrag(step, packet, hook);
    case Actor::conntrack:
      return conntrack_in(step, packet, hook);
    case Actor::nat:
      return run_nat(step, packet, hook);
    case Actor::confirm:
      return help_and_confirm(step, packet, hook, entry.priority);
    case Actor::helper:
      return run_helper(step, packet, hook, entry.priority);
    default: {
      const Table& table = step.rules().tables[entry.table];
      return do_chain(step, packet, hook, table, table.chains[entry.chain]);
    }
  }
}

Fate fate_of_drop_by(Actor actor) {
  switch (actor) {
    case Actor::defrag:
      return Fate::stolen;
    case Actor::conntrack:
      return Fate::dropped_by_conntrack;
    case Actor::nat:
      return Fate::dropped_by_nat;
    case Actor::confirm:
      return Fate::dropped_at_confirm;
    default:
      return Fate::dropped_by_rule;
  }
}

/// "local -> forward to lan" when NAT turned the decision.
std::string routing_words(Step& step, const Packet& packet, const RouteDecision& decision,
                          std::uint32_t arrived_for) {
  std::string now = decision_text(step, decision);
  if (wire::Ipv4View(packet.bytes).dst() == arrived_for) return now;
  const std::string before = decision_text(step, route_input_to(step, packet, arrived_for));
  return before == now ? now : before + " -> " + now;
}

void unroutable(Step& step, const Packet& packet, RouteKind route, Clause clause, std::uint8_t code,
                std::string_view reason) {
  ends(step, packet, Fate::dropped_by_routing, reason);
  if (!step.holds(clause)) return;
  icmp_send(step, packet, route, {.type = wire::icmpv4::unreachable, .code = code});
}

/// ip_error, and the drops that nobody is told of.
void refuse(Step& step, Packet& packet, const RouteDecision& decision) {
  switch (decision.kind) {
    case RouteKind::no_route:
      return unroutable(step, packet, decision.kind, Clause::no_route_is_net_unreachable,
                        wire::icmpv4::net_unreachable, "no route to the destination");
    case RouteKind::unreachable:
      return unroutable(step, packet, decision.kind, Clause::unreachable_route_is_host_unreachable,
                        wire::icmpv4::host_unreachable, "an unreachable route");
    case RouteKind::prohibit:
      return unroutable(step, packet, decision.kind, Clause::prohibit_route_is_filtered,
                        wire::icmpv4::admin_prohibited, "a prohibit route");
    default:
      return ends(step, packet, Fate::dropped_by_routing,
                  decision.reason.empty() ? "a blackhole route" : decision.reason);
  }
}

void read_in(Step& step, Packet& packet, RouteKind route) {
  ends(step, packet, Fate::delivered, "reached the box's own stack");
  deliver(step, packet, route);
}

void local_in(Step& step, Packet& packet, RouteKind route) {
  if (!defrag_to_deliver(step, packet)) return;
  packet.out = no_port;
  if (run_hook(step, packet, Hook::local_in)) read_in(step, packet, route);
}

void follow(Step& step, Packet& packet, const RouteDecision& decision) {
  switch (decision.kind) {
    case RouteKind::local:
    case RouteKind::broadcast:
      return local_in(step, packet, decision.kind);
    case RouteKind::forward:
      return forward(step, packet, decision);
    default:
      return refuse(step, packet, decision);
  }
}

/// tcp_v4_early_demux looks for a socket, and for that wants all of the TCP header in the first
/// piece.
void early_demux(Step& step, Packet& packet) {
  if (!packet.assembled || wire::Ipv4View(packet.bytes).protocol() != wire::ip_protocol::tcp)
    return;
  if (step.holds(Clause::tcp_header_is_gathered_in_the_first_piece)) {
    packet.assembled.pull_to(packet.assembled.begins_at + wire::tcp::min_size);
  }
}

/// ip_rcv_finish: the route, then the options.
void route_and_follow(Step& step, Packet& packet, std::uint32_t arrived_for) {
  early_demux(step, packet);
  RouteDecision decision = route_input(step, packet);
  step.walk(Actor::routing, Hook::pre_routing, 0, "ip_route_input_noref", packet,
            verdict_of(decision),
            [&] { return routing_words(step, packet, decision, arrived_for); });
  const bool routed = decision.kind != RouteKind::martian;
  if (routed && !accept_options(step, packet, decision)) return;
  follow(step, packet, decision);
}

void receive(Step& step, Packet& packet) {
  if (const auto reason = ip_rcv(step, packet)) {
    return ends(step, packet, Fate::not_received, *reason);
  }
  pre_routing(step, packet);
}

/// raw_send_hdrinc: the socket fills in what the sender may leave open, and the checksum always.
void complete_header(Step& step, Packet& packet) {
  const wire::Ipv4Edit header(packet.bytes);
  if (header.src() == 0) {
    const auto source = preferred_source(step, header.dst_address());
    if (source) header.set_src(source->ipv4_value());
  }
  header.set_total_length(static_cast<std::uint16_t>(packet.bytes.size()));
  // DF says that no id is needed.
  if (header.id() == 0 && !header.df()) {
    header.fill_checksum();
    choose_ip_id(step, header);
  }
  if (step.holds(Clause::raw_socket_computes_the_checksum)) header.fill_checksum();
}

/// The box sends a packet of the scenario through a raw socket.
void send(Step& step, Packet& packet) {
  packet.from_box = true;
  packet.header_is_the_senders = true;
  const auto header = wire::Ipv4View::parse(packet.bytes);
  if (!header || !header->header_fits()) {
    return ends(step, packet, Fate::not_received, "the socket refuses the header");
  }
  const RouteDecision route = route_output(step, header->dst_address());
  if (route.kind == RouteKind::broadcast) step.unspecified(Missing::sent_to_a_broadcast_address);
  if (header->dst() == 0) step.unspecified(Missing::sent_to_the_unspecified_address);
  if (route.kind != RouteKind::forward && route.kind != RouteKind::local) {
    return ends(step, packet, Fate::dropped_by_routing, "no route to the destination");
  }
  if (packet.bytes.size() > mtu_of(step.topology(), route.out)) {
    return ends(step, packet, Fate::not_received, "the socket refuses what is above the MTU");
  }
  packet.out = route.out;
  complete_header(step, packet);
  send_from_box(step, packet);
}

/// A packet that the box sent to itself still has its route, unless NAT has made it useless.
void after_pre_routing(Step& step, Packet& packet, std::uint32_t arrived_for) {
  if (packet.in == loopback_port && !packet.route_stale) {
    RouteDecision own{.kind = RouteKind::local};
    if (accept_options(step, packet, own)) follow(step, packet, own);
    return;
  }
  packet.route_stale = false;
  route_and_follow(step, packet, arrived_for);
}

void leave_local_out(Step& step, Packet& packet) {
  if (packet.rerouted_to != no_port) packet.out = packet.rerouted_to;
  packet.rerouted_to = no_port;
  post_routing(step, packet);
}

HookOrder order_for(const std::optional<Clause>& broken) {
  if (broken == Clause::lower_priority_runs_first) return HookOrder::descending;
  if (broken == Clause::latest_registered_runs_first) return HookOrder::oldest_first_at_ties;
  return HookOrder::kernel;
}

}  // namespace

void pre_routing(Step& step, Packet& packet) {
  const std::uint32_t arrived_for = wire::Ipv4View(packet.bytes).dst();
  if (run_hook(step, packet, Hook::pre_routing)) after_pre_routing(step, packet, arrived_for);
}

void transmit(Step& step, Packet& packet) {
  complete_checksum(packet);
  ends(step, packet, packet.from_box ? Fate::sent : Fate::forwarded, "left the box");
  step.out().frames.push_back({.port = packet.out, .bytes = std::move(packet.bytes)});
  packet.bytes.clear();
}

void post_routing(Step& step, Packet& packet) {
  if (!run_hook(step, packet, Hook::post_routing)) return;
  output(step, packet);
}

bool run_hook(Step& step, Packet& packet, Hook hook) {
  step.holds(Clause::lower_priority_runs_first);
  if (step.plan(packet).has_ties(hook)) step.holds(Clause::latest_registered_runs_first);
  return run_hook_from(step, packet, hook, 0);
}

bool run_hook_from(Step& step, Packet& packet, Hook hook, std::size_t first) {
  const auto& entries = step.plan(packet).at(hook);
  for (std::size_t i = first; i < entries.size(); ++i) {
    const Verdict verdict = run_entry(step, packet, hook, entries[i]);
    if (verdict == Verdict::accept) continue;
    if (verdict == Verdict::queue) {
      if (!step.holds(Clause::queued_packet_waits)) continue;
      may_wait(step, packet)
          ? hold(step, packet, hook, i)
          : ends(step, packet, Fate::dropped_by_rule, "cannot wait: its entry is not its own");
    } else {
      ends(step, packet, fate_of_drop_by(entries[i].actor), "dropped at a hook");
    }
    return false;
  }
  return true;
}

void after_hook(Step& step, Packet& packet, Hook hook) {
  if (hook == Hook::post_routing) return output(step, packet);
  if (hook == Hook::local_out) return leave_local_out(step, packet);
  if (packet.is_ipv6() && hook == Hook::forward) return post_routing(step, packet);
  if (packet.is_ipv6()) return step.unspecified(Missing::queued_ipv6_packet_before_routing);
  if (hook == Hook::pre_routing)
    return after_pre_routing(step, packet, wire::Ipv4View(packet.bytes).dst());
  if (hook == Hook::forward) return leave_forward(step, packet);
  // The packet keeps the route that led it here, whatever user space has made of it.
  const bool was_broadcast = route_input(step, packet).kind == RouteKind::broadcast;
  read_in(step, packet, was_broadcast ? RouteKind::broadcast : RouteKind::local);
}

Verdict reroute(Step& step, Packet& packet) {
  packet.route_stale = false;
  const RouteDecision route = packet.is_ipv6()
                                  ? route_output_ipv6(step, destination_of(packet.bytes))
                                  : route_output(step, destination_of(packet.bytes));
  if (route.kind == RouteKind::broadcast) step.unspecified(Missing::sent_to_a_broadcast_address);
  const bool found = route.kind == RouteKind::forward || route.kind == RouteKind::local;
  const Verdict verdict = found ? Verdict::accept : Verdict::drop;
  step.walk(Actor::routing, Hook::local_out, priority::nat_dst,
            packet.is_ipv6() ? "ip6_route_me_harder" : "ip_route_me_harder", packet, verdict,
            [&] { return decision_text(step, route); });
  if (found) packet.rerouted_to = route.out;
  if (!found) {
    ends(step, packet, Fate::dropped_by_routing, "no route to the new destination");
  }
  return verdict;
}

void send_from_box(Step& step, Packet& packet) {
  if (run_hook(step, packet, Hook::local_out)) leave_local_out(step, packet);
}

void dispose(Step& step, Packet& packet) {
  if (packet.conn != nullptr) step.conntrack().release(*packet.conn);
  packet.conn = nullptr;
  step.out().frames.recycle(std::move(packet.bytes));
}

void ends(Step& step, const Packet& packet, Fate fate, std::string_view reason) {
  if (packet.number != 0 || !step.out().reason.empty()) return;
  step.out().fate = fate;
  step.out().reason = reason;
  step.out().untracked = packet.untracked;
}

void prepare(State& state) {
  using enum wire::AddressFamily;
  const HookOrder order = order_for(state.broken);
  state.plan = HookPlan::compile(state.rules, state.profile, ipv4, order);
  state.plan6 = HookPlan::compile(state.rules, state.profile, ipv6, order);
  state.fib = Fib::compile(state.topology, state.profile);
  state.fib6 = Fib6::compile(state.topology);
}

void step(State& state, const Stimulus& stimulus, Chooser& chooser, Prediction& out) {
  out.clear();
  const HookOrder order = order_for(state.broken);
  if (!state.plan.ready() || state.plan.order() != order) prepare(state);
  Step context(state, chooser, out, stimulus.at);
  if (!state.reassembly.queues.empty()) expire_fragments(context);
  Packet packet;
  packet.bytes = out.frames.spare();
  packet.bytes.assign(stimulus.packet.begin(), stimulus.packet.end());
  packet.checksum_partial = stimulus.checksum == Stimulus::Checksum::partial;
  packet.segment = stimulus.segment;
  if (stimulus.kind == Stimulus::Kind::inject) {
    packet.in = stimulus.port;
    packet.is_ipv6() ? receive_ipv6(context, packet) : receive(context, packet);
  } else {
    packet.is_ipv6() ? send_ipv6(context, packet) : send(context, packet);
  }
  dispose(context, packet);
}

}  // namespace natstep::model
