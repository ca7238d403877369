// SPDX-License-Identifier: GPL-2.0-or-later
// RSTs: who may close a connection. A blind RST must not (RFC 5961 section 3), yet one that answers
// a packet which the tracker let through unseen must.
#include "model/clause_names.h"
#include "model/conntrack/track_tcp.h"
#include "model/packet.h"

namespace natstep::model::tcp {
namespace {

using Action = Judgement::Action;

bool last_was(const TcpTrack& tcp, Kind kind) {
  return tcp.last_index == static_cast<std::uint8_t>(kind);
}

/// tcp_can_early_drop: either side has begun to close.
bool is_closing(TcpState state) {
  return state >= TcpState::fin_wait && state <= TcpState::close;
}

/// nf_conntrack_tcp_established.
bool is_established(const Conn& conn) {
  return conn.tcp.state == TcpState::established && conn.has(status::assured);
}

/// A segment and the RST behind it: "seq 1000:1020 ack 7, RST seq 1020".
bool continues_train(Step& step, const TcpTrack& tcp, const Segment& segment) {
  return last_was(tcp, Kind::ack) && tcp.last_dir == segment.direction &&
         segment.seq == tcp.last_end && step.holds(Clause::tcp_rst_behind_own_data_closes);
}

enum class Sequence : std::uint8_t { plausible, too_old, inexact };

/// Compares with the highest sequence number that the other side has acknowledged.
Sequence compare_with_peer_ack(Step& step, const Conn& conn, const Segment& segment) {
  const std::uint32_t peer_ack = conn.tcp.seen[index(!segment.direction)].max_ack;
  const bool established = is_established(conn);
  const bool shortcut = step.profile().rst_unchecked_when_closing;
  if (shortcut && segment.seq == 0 && !established) return Sequence::plausible;
  if (before(segment.seq, peer_ack)) {
    const bool allowed = step.settings().tcp_ignore_invalid_rst &&
                         step.holds(Clause::tcp_ignore_invalid_rst_setting_accepts);
    if (!allowed && step.holds(Clause::tcp_rst_below_acknowledged_is_invalid))
      return Sequence::too_old;
  }
  if (!established || segment.seq == peer_ack) return Sequence::plausible;
  if (continues_train(step, conn.tcp, segment)) return Sequence::plausible;
  return step.holds(Clause::tcp_inexact_rst_keeps_connection) ? Sequence::inexact
                                                              : Sequence::plausible;
}

bool peer_ack_known(const Step& step, const TcpTrack& tcp, const Segment& segment) {
  if ((tcp.seen[index(!segment.direction)].flags & flag::max_ack_set) == 0) return false;
  // What is known may be outdated when a SYN was let through unseen.
  return !step.profile().rst_unchecked_when_closing || !last_was(tcp, Kind::syn);
}

/// The RST answers a SYN that was let through, or an ACK while the connection was half open.
bool answers_ignored(Step& step, const Conn& conn, const Segment& segment) {
  const TcpTrack& tcp = conn.tcp;
  if (segment.ack != tcp.last_end) return false;
  const bool other_side =
      tcp.last_dir != segment.direction || !step.profile().rst_answers_other_side;
  const bool syn = conn.has(status::seen_reply) && last_was(tcp, Kind::syn) && other_side;
  const bool ack = !conn.has(status::assured) && last_was(tcp, Kind::ack);
  if (!syn && !ack) return false;
  return step.holds(Clause::tcp_rst_to_ignored_segment_is_believed);
}

/// The RST answers a challenge ACK, which was let through while the connection was opening.
bool answers_challenge_ack(Step& step, const TcpTrack& tcp, const Segment& segment) {
  return step.profile().rst_challenge_memory && tcp.state == TcpState::syn_sent &&
         last_was(tcp, Kind::ack) && tcp.last_dir == Direction::reply &&
         segment.seq == tcp.last_ack && step.holds(Clause::tcp_rst_to_challenge_ack_is_believed);
}

}  // namespace

Judgement judge_rst(Step& step, const Conn& conn, const Segment& segment, Judgement judgement) {
  const TcpTrack& tcp = conn.tcp;
  if (step.profile().rst_unchecked_when_closing && is_closing(tcp.state) &&
      step.holds(Clause::tcp_rst_of_closing_connection_is_believed)) {
    judgement.action = Action::skip_window;
    return judgement;
  }
  if (peer_ack_known(step, tcp, segment)) {
    switch (compare_with_peer_ack(step, conn, segment)) {
      case Sequence::plausible:
        return judgement;
      case Sequence::too_old:
        judgement.action = Action::invalid;
        judgement.why = "tcp RST below what was acknowledged";
        return judgement;
      case Sequence::inexact:
        judgement.to = judgement.from;
        break;
    }
  }
  if (answers_ignored(step, conn, segment) || answers_challenge_ack(step, tcp, segment)) {
    judgement.action = Action::skip_window;
  }
  return judgement;
}

}  // namespace natstep::model::tcp
