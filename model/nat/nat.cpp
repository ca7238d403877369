// SPDX-License-Identifier: GPL-2.0-or-later
// The NAT hook functions: which mapping a first packet gets, and who translates the packet.
#include "model/nat/nat.h"

#include "model/clause_names.h"
#include "model/hook_names.h"
#include "model/nat/manip.h"
#include "model/nat/nat_words.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/route.h"
#include "model/rules/rules.h"
#include "model/wire/ipv4.h"

#include <string>

namespace natstep::model {
namespace {

std::uint32_t done_bit(ManipType type) {
  return type == ManipType::src ? status::src_nat_done : status::dst_nat_done;
}

bool initialised(const Conn& conn, Hook hook) {
  return conn.has(done_bit(manip_of(hook)));
}

bool is_related(CtInfo info) {
  return info == CtInfo::related || info == CtInfo::related_reply;
}

bool is_icmp_error(const Packet& packet) {
  if (!is_related(packet.ctinfo)) return false;
  if (!packet.is_ipv6()) {
    return wire::Ipv4View(packet.bytes).protocol() == wire::ip_protocol::icmp;
  }
  const auto where = locate_l4(packet.bytes);
  return where && where->protocol == wire::ip_protocol::icmpv6;
}

/// __nf_nat_alloc_null_binding: a range of the one address that the flow has anyway.
Verdict bind_null(Step& step, Conn& conn, Hook hook) {
  if (!step.holds(Clause::null_binding_for_unmapped_flow)) return Verdict::accept;
  const Tuple& reply = conn.of(Direction::reply);
  const ManipType type = manip_of(hook);
  NatRange range;
  range.min_address = range.max_address = type == ManipType::src ? reply.dst : reply.src;
  return setup_info(step, conn, range, type);
}

/// Asks the nat chains in their own order of priority. The first that maps the flow, or drops the
/// packet, ends the list.
Verdict consult_chains(Step& step, Packet& packet, Hook hook) {
  const auto& chains = step.plan(packet).nat_chains(hook);
  for (const HookEntry& entry : chains) {
    const Table& table = step.rules().tables[entry.table];
    const Verdict verdict = do_chain(step, packet, hook, table, table.chains[entry.chain]);
    if (verdict != Verdict::accept) return verdict;
    if (initialised(*packet.conn, hook)) return Verdict::accept;
    if (!step.holds(Clause::nat_chains_are_tried_in_turn)) break;
  }
  return Verdict::accept;
}

Verdict set_up(Step& step, Packet& packet, Hook hook) {
  const Verdict verdict = consult_chains(step, packet, hook);
  if (verdict != Verdict::accept || initialised(*packet.conn, hook)) return verdict;
  return bind_null(step, *packet.conn, hook);
}

/// nf_nat_oif_changed: a masqueraded flow took another way out; its address no longer fits.
bool left_its_masquerade(const Packet& packet, Hook hook) {
  const auto& port = packet.conn->masquerade_port;
  return hook == Hook::post_routing && port && direction_of(packet.ctinfo) == Direction::original &&
         *port != packet.out;
}

bool consults_rules(Step& step, const Packet& packet, Hook hook) {
  if (packet.ctinfo == CtInfo::is_new || is_related(packet.ctinfo)) {
    return !initialised(*packet.conn, hook);
  }
  return !step.holds(Clause::established_packet_skips_nat_chains);
}

/// nf_nat_inet_fn.
Verdict nat_inet_fn(Step& step, Packet& packet, Hook hook) {
  if (consults_rules(step, packet, hook)) {
    const Verdict verdict = set_up(step, packet, hook);
    if (verdict != Verdict::accept) return verdict;
  } else if (left_its_masquerade(packet, hook)) {
    step.conntrack().remove(*packet.conn);
    return Verdict::drop;
  }
  return nat_packet(step, packet, hook);
}

Verdict translate(Step& step, Packet& packet, Hook hook) {
  if (is_icmp_error(packet) && step.holds(Clause::icmp_error_skips_nat_chains)) {
    return icmp_reply_translation(step, packet, hook);
  }
  return nat_inet_fn(step, packet, hook);
}

/// PRE_ROUTING forgets a route that was made for another destination; LOCAL_OUT routes again
/// whenever the flow has a destination mapping, on every packet.
void note_changed_destination(Packet& packet, Hook hook, const wire::Address& old_destination) {
  if (hook == Hook::pre_routing) {
    packet.route_stale |= destination_of(packet.bytes) != old_destination;
  } else if (hook == Hook::local_out) {
    const Direction direction = direction_of(packet.ctinfo);
    packet.route_stale |= packet.conn->of(direction).dst != packet.conn->of(!direction).src;
  }
}

/// What is not conntracked is not NATed. The defect would lose it.
Verdict pass_untracked(Step& step, const Packet& packet) {
  const Clause clause =
      packet.untracked ? Clause::untracked_packet_passes_nat : Clause::invalid_packet_passes_nat;
  return step.holds(clause) ? Verdict::accept : Verdict::drop;
}

std::int32_t priority_at(Hook hook) {
  return manip_of(hook) == ManipType::src ? priority::nat_src : priority::nat_dst;
}

}  // namespace

Verdict nat_fn(Step& step, Packet& packet, Hook hook) {
  const NatSnapshot before = step.walks_fully() ? snapshot(packet) : NatSnapshot{};
  const wire::Address sent_to = destination_of(packet.bytes);
  Verdict verdict = Verdict::accept;
  if (!packet.tracked()) {
    verdict = pass_untracked(step, packet);
  } else {
    verdict = translate(step, packet, hook);
    if (verdict == Verdict::accept) note_changed_destination(packet, hook, sent_to);
  }
  step.walk(Actor::nat, hook, priority_at(hook), packet, verdict,
            [&] { return nat_words(before, packet, hook, verdict); });
  if (verdict == Verdict::drop) ends(step, packet, Fate::dropped_by_nat, "NAT drops the packet");
  return verdict;
}

}  // namespace natstep::model
