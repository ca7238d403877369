// SPDX-License-Identifier: GPL-2.0-or-later
// The last of a packet's way through the box: whole, in pieces, or back in by the loopback. Source:
// net/ipv4/ip_output.c (ip_finish_output, ip_fragment).
#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/fragments/fragment.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/router/answers.h"
#include "model/router/ipv6_path.h"
#include "model/router/route.h"
#include "model/router/segments.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"

#include <utility>

namespace natstep::model {
namespace {

/// What leaves by "lo" comes back in, with its entry and its route.
void loop_back(Step& step, Packet& packet) {
  packet.in = loopback_port;
  packet.out = no_port;
  packet.route_stale = false;
  packet.assembled = {};
  packet.options = {};
  packet.is_ipv6() ? receive_ipv6(step, packet) : pre_routing(step, packet);
}

void leave(Step& step, Packet& packet) {
  packet.out == loopback_port ? loop_back(step, packet) : transmit(step, packet);
}

/// One piece of a packet leaves; it belongs to the packet's entry (ip_copy_metadata).
void transmit_piece(Step& step, const Packet& whole, wire::Bytes bytes) {
  Packet piece = whole;
  if (piece.conn != nullptr) ConntrackTable::acquire(*piece.conn);
  piece.bytes = std::move(bytes);
  leave(step, piece);
  dispose(step, piece);
}

/// DF speaks of the fragments in which a packet came; without any, of the packet itself.
bool must_stay_whole(const Packet& packet, std::uint32_t mtu) {
  const bool fits_in_pieces = packet.assembled && packet.assembled.max_size <= mtu;
  return wire::Ipv4View(packet.bytes).df() && !fits_in_pieces;
}

void leave_in_pieces(Step& step, Packet& packet, std::uint32_t mtu) {
  if (packet.out != loopback_port) {
    ends(step, packet, packet.from_box ? Fate::sent : Fate::forwarded, "left the box in fragments");
  }
  if (!packet.assembled && !step.holds(Clause::large_packet_without_df_is_fragmented)) return;
  complete_checksum(packet);
  for (wire::Bytes& piece :
       packet.is_ipv6() ? fragment_ipv6(step, packet, mtu) : fragment(step, packet, mtu))
    transmit_piece(step, packet, std::move(piece));
}

/// Whatever fits into the largest fragment in which it came leaves whole.
void output_ipv6(Step& step, Packet& packet) {
  const std::uint32_t mtu = mtu_of(step.topology(), packet.out);
  const bool above_its_fragments = packet.assembled &&
                                   packet.bytes.size() > packet.assembled.max_size &&
                                   step.holds(Clause::ipv6_datagram_above_its_fragments_is_cut);
  if (packet.bytes.size() <= mtu && !above_its_fragments) return leave(step, packet);
  if (!packet.assembled) {
    step.unspecified(Missing::own_ipv6_packet_above_the_mtu);
  }
  leave_in_pieces(step, packet, mtu);
}

/// Each segment leaves like a packet of its own, in fragments where it must.
void leave_in_segments(Step& step, Packet& packet) {
  if (is_one_segment_after_all(packet) && step.holds(Clause::options_are_no_second_segment)) {
    return ends(step, packet, Fate::dropped_by_routing, "cannot be cut into segments");
  }
  ends(step, packet, Fate::forwarded, "left the box in segments");
  for (wire::Bytes& segment : cut_into_segments(step, packet)) {
    Packet piece = packet;
    if (piece.conn != nullptr) ConntrackTable::acquire(*piece.conn);
    piece.bytes = std::move(segment);
    piece.segment = 0;
    piece.checksum_partial = false;
    output(step, piece);
    dispose(step, piece);
  }
}

}  // namespace

void output(Step& step, Packet& packet) {
  if (packet.segment != 0 && packet.out != loopback_port &&
      step.holds(Clause::segments_are_cut_behind_the_hooks)) {
    return leave_in_segments(step, packet);
  }
  if (packet.is_ipv6()) return output_ipv6(step, packet);
  const std::uint32_t mtu = mtu_of(step.topology(), packet.out);
  const bool in_pieces =
      packet.assembled && step.holds(Clause::reassembled_datagram_leaves_in_pieces);
  if (packet.bytes.size() <= mtu && !in_pieces) return leave(step, packet);
  if (must_stay_whole(packet, mtu)) {
    ends(step, packet, Fate::dropped_by_routing, "larger than the MTU");
    return icmp_send(step, packet, RouteKind::forward,
                     {.type = wire::icmpv4::unreachable,
                      .code = wire::icmpv4::fragmentation_needed,
                      .rest = mtu});
  }
  leave_in_pieces(step, packet, mtu);
}

}  // namespace natstep::model
