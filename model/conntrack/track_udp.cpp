// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_proto_udp.c.
#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/udp.h"

namespace natstep::model {
namespace {

constexpr std::uint64_t stream_age =
    2;  // seconds after which a flow with replies counts as a stream

bool checksum_refused(Step& step, const TrackedPacket& packet, const wire::UdpView& udp) {
  if (udp.checksum() == 0 && step.holds(Clause::udp_without_checksum_is_not_verified)) return false;
  if (!verifies_checksum(step, packet)) return false;
  wire::ByteView covered = packet.l4;
  const bool trailer = udp.length() < packet.l4.size();
  if (trailer && !step.holds(Clause::udp_checksum_covers_trailing_bytes)) {
    covered = covered.first(udp.length());
  }
  if (verify_checksum(packet, covered, protocol::udp)) return false;
  return step.holds(Clause::udp_bad_checksum_is_invalid);
}

/// udp_error: why the datagram is refused, or nothing.
std::string_view refusal(Step& step, const TrackedPacket& packet) {
  const auto udp = wire::UdpView::parse(packet.l4);
  if (!udp) return "short udp header";
  if (udp->length() > packet.l4.size() && step.holds(Clause::udp_length_beyond_packet_is_invalid)) {
    return "udp length";
  }
  if (udp->length() < wire::udp::size && step.holds(Clause::udp_length_below_header_is_invalid)) {
    return "udp length";
  }
  return checksum_refused(step, packet, *udp) ? "bad checksum" : std::string_view{};
}

/// A flow that is still answered two seconds after it began is a stream: long timeout, and worth
/// keeping.
bool is_stream(Step& step, const Conn& conn) {
  if (conn.written) return step.holds(Clause::written_udp_flow_is_a_stream);
  if (step.now() < conn.created_at + stream_age) {
    return !step.holds(Clause::udp_young_flow_is_no_stream);
  }
  return step.holds(Clause::udp_answered_flow_becomes_stream);
}

}  // namespace

Tracked track_udp(Step& step, Conn& conn, const TrackedPacket& packet) {
  const std::string_view why = refusal(step, packet);
  if (!why.empty()) return {.verdict = TrackVerdict::invalid, .why = why};

  const Settings::Timeouts& timeout = timeouts_of(step, conn);
  const bool stream = conn.has(status::seen_reply) && is_stream(step, conn);
  refresh_acct(step, conn, packet, stream ? timeout.udp_stream : timeout.udp);
  // An entry that stands under its reply tuple only will be gone in a second and never becomes
  // assured.
  if (stream && !conn.has(status::nat_clash)) conn.status |= status::assured;
  return {};
}

}  // namespace natstep::model
