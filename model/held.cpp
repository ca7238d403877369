// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/held.h"

#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/event.h"
#include "model/missing.h"
#include "model/nat/manip.h"
#include "model/path.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace natstep::model {
namespace {

/// nf_ip_reroute asks for a new route at LOCAL_OUT when what the route depends on has changed.
bool changes_its_route(const Held& held, const wire::Bytes& bytes) {
  if (held.hook != Hook::local_out) return false;
  return source_of(held.packet.bytes) != source_of(bytes) ||
         destination_of(held.packet.bytes) != destination_of(bytes);
}

/// The kernel reads what is for the box behind the header that the packet came with.
bool changes_its_header(const Held& held, const wire::Bytes& bytes) {
  const bool is_read = held.hook == Hook::pre_routing || held.hook == Hook::local_in;
  return is_read && !is_ipv6(bytes) &&
         wire::Ipv4View(bytes).ihl() != wire::Ipv4View(held.packet.bytes).ihl();
}

/// nfqnl_mangle: the bytes are taken as they are, and no one sums them anew.
void replace(Step& step, Held& held, const wire::Bytes& bytes) {
  if (!step.holds(Clause::user_space_replaces_the_packet)) return;
  if (bytes.empty() || is_ipv6(bytes) != held.packet.is_ipv6()) {
    return step.unspecified(Missing::queued_packet_of_another_family);
  }
  if (changes_its_header(held, bytes)) {
    return step.unspecified(Missing::queued_header_of_another_length);
  }
  held.moved = changes_its_route(held, bytes);
  held.packet.bytes = bytes;
}

/// The packet's tuple as it was before NAT.
Tuple tuple_before_nat(const Packet& packet, const Tuple& as_it_is) {
  const Conn& own = *packet.conn;
  const Tuple& original = own.of(Direction::original);
  Tuple tuple = as_it_is;
  if (own.has(status::src_nat)) {
    tuple.src = original.src;
    tuple.src_id = original.src_id;
  }
  if (own.has(status::dst_nat)) {
    tuple.dst = original.dst;
    tuple.dst_id = original.dst_id;
  }
  return tuple;
}

/// Rewrites a packet that was mapped by `mapped_by` as its new entry has it.
bool rewrite_again(Step& step, Packet& packet, std::uint32_t mapped_by) {
  const Tuple target = *invert(packet.conn->of(Direction::reply));
  const auto rewrite = [&](std::uint32_t bit, ManipType type) {
    return (mapped_by & bit) == 0 || manip_pkt(step, packet.bytes, target, type, Quoted::no);
  };
  return rewrite(status::src_nat, ManipType::src) && rewrite(status::dst_nat, ManipType::dst);
}

/// __nf_conntrack_update: where an entry of the flow was confirmed meanwhile, the packet leaves its
/// own for that one. False when it cannot be rewritten, and is dropped.
bool rejoin(Step& step, Packet& packet) {
  if (!packet.tracked() || packet.conn->has(status::confirmed)) return true;
  const auto where = locate_l4(packet.bytes);
  const auto tuple =
      where ? tuple_of(step.profile(), packet.bytes, packet.family(), *where) : std::nullopt;
  if (!tuple) return false;
  Conn& own = *packet.conn;
  const auto hit = step.conntrack().find(tuple_before_nat(packet, *tuple), own.zone, step.now());
  if (hit.conn == nullptr) return true;
  const std::uint32_t mapped_by = own.status;
  ConntrackTable::acquire(*hit.conn);
  step.conntrack().release(own);
  packet.conn = hit.conn;
  return rewrite_again(step, packet, mapped_by);
}

/// nf_reinject.
void go_on(Step& step, Held& held) {
  if (step.profile().released_packet_rejoins && !rejoin(step, held.packet)) {
    return ends(step, held.packet, Fate::dropped_by_rule, "its entry cannot be had");
  }
  const bool anew = held.moved && step.holds(Clause::changed_packet_is_routed_anew);
  if (anew && reroute(step, held.packet) != Verdict::accept) return;
  const bool behind = step.holds(Clause::released_packet_goes_on_behind_its_queue);
  const std::size_t next = behind ? held.at + 1 : 0;
  if (run_hook_from(step, held.packet, held.hook, next)) after_hook(step, held.packet, held.hook);
}

}  // namespace

bool may_wait(Step& step, const Packet& packet) {
  // What comes back over the loopback comes when the packet that it is about is gone.
  if (packet.in == loopback_port) return true;
  if (!packet.tracked() || packet.conn->has(status::confirmed)) return true;
  if (!step.profile().unconfirmed_entry_waits_alone) return true;
  return packet.conn->references < 2 ||
         !step.holds(Clause::packet_that_shares_an_unconfirmed_entry_cannot_wait);
}

void hold(Step& step, Packet& packet, Hook hook, std::size_t at) {
  if (packet.segment != 0) step.unspecified(Missing::queued_packet_of_many_segments);
  ends(step, packet, Fate::queued, "waits in a queue of user space");
  if (step.holds(Clause::queued_packet_is_summed)) complete_checksum(packet);
  auto held = std::make_shared<Held>(Held{.packet = packet, .hook = hook, .at = at});
  packet.conn = nullptr;
  packet.bytes.clear();
  step.state().held.push_back(std::move(held));
}

void drop_held(Step& step) {
  for (const auto& held : std::exchange(step.state().held, {}))
    dispose(step, held->packet);
}

void release(Step& step, const PacketReleased& event) {
  auto& waiting = step.state().held;
  const auto first = std::ranges::find_if(
      waiting, [&](const auto& held) { return held->packet.queue == event.queue; });
  if (first == waiting.end()) return;
  const std::shared_ptr<Held> held = *first;
  waiting.erase(first);
  held->packet.number = 0;
  const bool drop = event.verdict == ReleaseVerdict::drop;
  if (drop && step.holds(Clause::packet_dropped_in_its_queue_is_gone)) {
    ends(step, held->packet, Fate::dropped_by_rule, "user space drops the packet");
  } else {
    if (event.bytes) replace(step, *held, *event.bytes);
    go_on(step, *held);
  }
  dispose(step, held->packet);
}

std::size_t unseen_entries(const State& state, std::uint64_t at) {
  std::set<const Conn*> unseen;
  for (const auto& held : state.held) {
    const Conn* conn = held->packet.conn;
    if (conn == nullptr) continue;
    const bool gone = conn->has(status::dying) || ConntrackTable::expired(*conn, at);
    if (!conn->has(status::confirmed) || gone) unseen.insert(conn);
  }
  return unseen.size();
}

}  // namespace natstep::model
