// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/ipv6/netfilter/nf_reject_ipv6.c.
#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/router/ipv6_answers.h"
#include "model/router/ipv6_route.h"
#include "model/rules/reject.h"
#include "model/wire/icmpv6.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

namespace natstep::model {
namespace {

/// nf_ip6_checksum: the pseudo-header and what follows it, whether or not there is a checksum in
/// it.
bool checksum_right(const Packet& packet, const L4Location& where) {
  const wire::ByteView l4 = l4_of(packet.bytes, where);
  return wire::checksum_valid(l4, pseudo_header_of(packet.bytes, where.protocol, l4.size()));
}

bool has_checksum(std::uint8_t number) {
  return number == protocol::tcp || number == protocol::udp || number == protocol::icmpv6;
}

bool udp_without_checksum(wire::ByteView l4) {
  return l4.size() >= wire::udp::size && wire::load_be16(&l4[wire::udp::checksum]) == 0;
}

/// reject6_csum_ok.
bool deserves_an_error(Step& step, const Packet& packet) {
  const auto where = locate_l4(packet.bytes);
  if (!where || where->offset >= packet.bytes.size()) return false;
  const std::uint8_t number = where->protocol;
  if (needs_no_sum(step, packet) || checks_itself_otherwise(step, number)) return true;
  if (number == protocol::udp && udp_without_checksum(l4_of(packet.bytes, *where)))
    return step.profile().reject_answers_unsummed_udp;
  if (checksum_right(packet, *where)) return true;
  const Clause clause = has_checksum(number) ? Clause::reject_is_silent_about_a_bad_checksum
                                             : Clause::reject_is_silent_without_a_checksum;
  return !step.holds(clause);
}

/// nf_reject_ip6_tcphdr_get.
bool deserves_a_reset(Step& step, const Packet& packet, Hook hook) {
  using namespace ipv6_address;
  const wire::Address source = source_of(packet.bytes), destination = destination_of(packet.bytes);
  const bool groups = is_multicast(source) || is_multicast(destination);
  if (groups || is_unspecified(source) || is_unspecified(destination)) return false;
  const auto where = locate_l4(packet.bytes);
  if (!where || where->protocol != protocol::tcp) return false;
  const auto tcp = wire::TcpView::parse(l4_of(packet.bytes, *where));
  if (!tcp) return false;
  if (tcp->has(wire::tcp::rst) && step.holds(Clause::reject_answers_no_reset)) return false;
  return reset_needs_no_sum(step, packet, hook) || checksum_right(packet, *where) ||
         !step.holds(Clause::reject_is_silent_about_a_bad_checksum);
}

}  // namespace

void reject_ipv6(Step& step, const Packet& packet, Hook hook, const RejectStatement& statement) {
  if (hook == Hook::local_out) return step.unspecified(Missing::rejected_ipv6_packet_of_the_box);
  if (statement.with == RejectStatement::With::icmp) {
    if (!deserves_an_error(step, packet)) return;
    if (!step.holds(Clause::reject_tells_the_sender_over_ipv6)) return;
    return icmpv6_send(step, packet,
                       {.type = wire::icmpv6::unreachable, .code = statement.ipv6_code});
  }
  if (!deserves_a_reset(step, packet, hook)) return;
  if (!step.holds(Clause::reject_resets_the_connection_over_ipv6)) return;
  if (packet.tracked()) set_closing(step, *packet.conn);
  send_reject_reset_ipv6(step, packet);
}

}  // namespace natstep::model
