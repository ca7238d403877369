// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_proto_udp.c, the part for UDP-Lite.
#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/network_header.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/checksum.h"
#include "model/wire/udplite.h"

namespace natstep::model {
namespace {

/// The pseudo-header is summed with UDP's protocol number, and over IPv4 with the low byte of the
/// length, so that a checksum by RFC 3828 looks wrong.
bool checksum_valid(Step& step, const TrackedPacket& packet, const wire::UdpliteView& udplite) {
  const bool as_udp = step.holds(Clause::udplite_checksum_is_verified_as_udp);
  const std::uint8_t number = as_udp ? protocol::udp : protocol::udplite;
  const bool covers_part = step.holds(Clause::udplite_checksum_covers_what_it_says);
  const wire::ByteView covered = covers_part ? udplite.covered() : packet.l4;
  const std::size_t length = step.holds(Clause::udplite_length_is_summed_as_a_byte)
                                 ? length_as_a_byte(packet.l3, packet.l4.size())
                                 : packet.l4.size();
  return wire::checksum_valid(covered, pseudo_header_of(packet.l3, number, length));
}

/// udplite_error: why the datagram is refused, or nothing.
std::string_view refusal(Step& step, const TrackedPacket& packet) {
  const auto udplite = wire::UdpliteView::parse(packet.l4);
  if (!udplite) return "short udplite header";
  if (!udplite->coverage_sane() && step.holds(Clause::udplite_senseless_coverage_is_invalid)) {
    return "udplite coverage";
  }
  if (udplite->checksum() == 0 && step.holds(Clause::udplite_without_checksum_is_invalid)) {
    return "no checksum";
  }
  if (!verifies_checksum(step, packet.hook) || checksum_valid(step, packet, *udplite)) return {};
  return step.holds(Clause::udplite_bad_checksum_is_invalid) ? "bad checksum" : std::string_view{};
}

}  // namespace

Tracked track_udplite(Step& step, Conn& conn, const TrackedPacket& packet) {
  const std::string_view why = refusal(step, packet);
  if (!why.empty()) return {.verdict = TrackVerdict::invalid, .why = why};
  const Settings::Timeouts& timeout = step.settings().timeout;
  const bool stream =
      conn.has(status::seen_reply) && step.holds(Clause::udplite_answered_flow_is_stream_at_once);
  refresh_acct(step, conn, packet, stream ? timeout.udp_stream : timeout.udp);
  if (stream && !conn.has(status::nat_clash)) conn.status |= status::assured;
  return {};
}

}  // namespace natstep::model
