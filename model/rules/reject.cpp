// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rules/reject.h"

#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/router/answers.h"
#include "model/router/route.h"
#include "model/wire/checksum.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <array>

namespace natstep::model {
namespace {

bool udp_without_checksum(const wire::Ipv4View& header) {
  const wire::ByteView l4 = header.rest();
  return header.protocol() == protocol::udp && l4.size() >= wire::udp::size &&
         wire::load_be16(&l4[wire::udp::checksum]) == 0;
}

/// nf_ip_checksum: of protocols other than TCP and UDP the whole packet is summed up, whether or
/// not there is a checksum in it. The IP header's own sum is all ones, which adds nothing, so that
/// a payload of zeros is right as well.
bool checksum_right(const Packet& packet, const wire::Ipv4View& header) {
  const std::uint8_t number = header.protocol();
  if (number == protocol::tcp || number == protocol::udp) {
    return l4_checksum_valid(packet.bytes, header.rest(), number);
  }
  const std::uint16_t sum = wire::ones_sum(header.rest());
  return sum == 0 || sum == 0xffff;
}

/// What is summed begins with the IP header, whose own checksum does not know yet what the router
/// has written into the options.
bool right_with_its_header(Step& step, const wire::Ipv4View& header) {
  return header.checksum_valid() || !step.holds(Clause::reject_sums_up_the_ip_header_too);
}

bool deserves_an_error(Step& step, const Packet& packet, const wire::Ipv4View& header) {
  if (header.fragment_offset() != 0) return false;
  if (needs_no_sum(step, packet)) return true;
  if (checks_itself_otherwise(step, header.protocol())) return true;
  if (udp_without_checksum(header)) return step.profile().reject_answers_unsummed_udp;
  if (checksum_right(packet, header)) return right_with_its_header(step, header);
  const bool has_checksum = header.protocol() == protocol::tcp ||
                            header.protocol() == protocol::udp ||
                            header.protocol() == protocol::icmp;
  const Clause clause = has_checksum ? Clause::reject_is_silent_about_a_bad_checksum
                                     : Clause::reject_is_silent_without_a_checksum;
  return !step.holds(clause);
}

/// How the packet was routed, where it was; before routing the error goes by the way back.
RouteKind route_of(Step& step, const wire::Ipv4View& header, Hook hook) {
  if (hook == Hook::local_in) {
    const RouteDecision own = route_output(step, header.dst_address());
    return own.kind == RouteKind::broadcast ? RouteKind::broadcast : RouteKind::local;
  }
  return RouteKind::forward;
}

bool deserves_a_reset(Step& step, const Packet& packet, const wire::Ipv4View& header, Hook hook) {
  if (header.protocol() != protocol::tcp || header.fragment_offset() != 0) return false;
  const auto tcp = wire::TcpView::parse(header.rest());
  if (!tcp) return false;
  if (tcp->has(wire::tcp::rst) && step.holds(Clause::reject_answers_no_reset)) return false;
  if (reset_needs_no_sum(step, packet, hook)) return true;
  if (checksum_right(packet, header)) return right_with_its_header(step, header);
  return !step.holds(Clause::reject_is_silent_about_a_bad_checksum);
}

}  // namespace

bool checks_itself_otherwise(const Step& step, std::uint8_t number) {
  constexpr std::array<std::uint8_t, 5> numbers{47, 50, 51, 132, 136};
  if (number == protocol::dccp) return step.profile().reject_knows_dccp;
  return std::ranges::find(numbers, number) != numbers.end();
}

bool needs_no_sum(Step& step, const Packet& packet) {
  if (packet.checksum_partial) return step.holds(Clause::reject_sums_up_no_partial_packet);
  return packet.checksum_verified && step.holds(Clause::reject_relies_on_a_verified_checksum);
}

bool reset_needs_no_sum(Step& step, const Packet& packet, Hook hook) {
  const bool summed_again = hook == Hook::forward && !packet.checksum_partial;
  return !summed_again && needs_no_sum(step, packet);
}

/// nf_conntrack_tcp_set_closing.
void set_closing(Step& step, Conn& conn) {
  if (!step.profile().reject_closes_connection || !conn.has(status::confirmed)) return;
  if (conn.of(Direction::original).protocol != protocol::tcp) return;
  if (!step.holds(Clause::reject_with_reset_closes_the_entry)) return;
  const bool closed_already = conn.tcp.state == TcpState::close;
  conn.tcp.state = TcpState::close;
  if (closed_already || conn.has(status::fixed_timeout)) return;
  conn.timeout = timeouts_of(step, conn).tcp_close;
  conn.refreshed_at = step.now();
}

void reject(Step& step, const Packet& packet, Hook hook, const RejectStatement& statement) {
  const wire::Ipv4View header(packet.bytes);
  if (statement.with == RejectStatement::With::icmp) {
    if (!deserves_an_error(step, packet, header)) return;
    if (!step.holds(Clause::reject_tells_the_sender)) return;
    return icmp_send(step, packet, route_of(step, header, hook),
                     {.type = wire::icmpv4::unreachable, .code = statement.code});
  }
  if (!deserves_a_reset(step, packet, header, hook)) return;
  if (route_of(step, header, hook) == RouteKind::broadcast &&
      step.holds(Clause::reject_resets_nobody_for_a_group)) {
    return;
  }
  if (!step.holds(Clause::reject_resets_the_connection)) return;
  // The entry is closed when the segment is made, before it is sent.
  if (packet.tracked()) set_closing(step, *packet.conn);
  send_reject_reset(step, packet);
}

}  // namespace natstep::model
