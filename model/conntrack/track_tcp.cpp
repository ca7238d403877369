// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/track_tcp.h"

#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/tcp.h"

#include <algorithm>

namespace natstep::model {
namespace {

using tcp::Judgement;
using tcp::Kind;
using tcp::Segment;

namespace bits = wire::tcp;

constexpr std::uint32_t lowering_needs =
    120;  // seconds that must be left before an INVALID FIN or RST shortens a timeout

// --- the segment

Kind kind_of(std::uint8_t flags) {
  if ((flags & bits::rst) != 0) return Kind::rst;
  if ((flags & bits::syn) != 0) return (flags & bits::ack_flag) != 0 ? Kind::syn_ack : Kind::syn;
  if ((flags & bits::fin) != 0) return Kind::fin;
  return (flags & bits::ack_flag) != 0 ? Kind::ack : Kind::none;
}

Segment segment_of(const wire::TcpView& view, Direction direction) {
  const std::uint8_t flags = view.flags();
  const std::size_t payload =
      view.bytes().size() - std::min(view.header_length(), view.bytes().size());
  const std::uint32_t counted =
      ((flags & bits::syn) != 0 ? 1U : 0U) + ((flags & bits::fin) != 0 ? 1U : 0U);
  return {.kind = kind_of(flags),
          .direction = direction,
          .has_syn = (flags & bits::syn) != 0,
          .has_ack = (flags & bits::ack_flag) != 0,
          .has_rst = (flags & bits::rst) != 0,
          .seq = view.seq(),
          .ack = view.ack(),
          .end = view.seq() + static_cast<std::uint32_t>(payload) + counted,
          .window = view.window(),
          .options = view.options()};
}

// --- tcp_error: segments that no TCP would send

bool valid_combination(std::uint8_t flags) {
  switch (flags) {
    case bits::syn:
    case bits::syn | bits::urg:
    case bits::syn | bits::ack_flag:
    case bits::rst:
    case bits::rst | bits::ack_flag:
    case bits::fin | bits::ack_flag:
    case bits::fin | bits::ack_flag | bits::urg:
    case bits::ack_flag:
    case bits::ack_flag | bits::urg:
      return true;
    default:
      return false;
  }
}

/// PSH, ECE and CWR may be added to any combination.
bool flags_acceptable(Step& step, std::uint8_t flags) {
  constexpr std::uint8_t additions = bits::psh | bits::ece | bits::cwr;
  const auto essential = static_cast<std::uint8_t>(flags & ~additions);
  if (!valid_combination(essential)) return !step.holds(Clause::tcp_impossible_flags_are_invalid);
  if (essential == flags) return true;
  return step.holds(Clause::tcp_psh_and_ecn_flags_do_not_matter);
}

std::string_view refusal(Step& step, const TrackedPacket& packet, const wire::TcpView& view) {
  if (!view.header_fits() && step.holds(Clause::tcp_header_must_be_complete)) {
    return "truncated tcp header";
  }
  if (verifies_checksum(step, packet) && !verify_checksum(packet, packet.l4, protocol::tcp) &&
      step.holds(Clause::tcp_bad_checksum_is_invalid)) {
    return "bad checksum";
  }
  return flags_acceptable(step, view.flags()) ? std::string_view{} : "tcp flags";
}

// --- tcp_new: the first segment of a flow

void begin_with_syn(Step& step, TcpTrack& track, const Segment& segment) {
  TcpWindow& client = track.seen[0];
  client.end = client.max_end = segment.end;
  client.max_win = std::max<std::uint32_t>(segment.window, 1);
  tcp::read_options(step, segment, client);
}

/// Nothing is known of the windows of a connection that was met in its middle, nor of its options:
/// SACK is assumed, and whatever lies outside of the windows is let through.
void pick_up(Step& step, TcpTrack& track, const Segment& segment) {
  TcpWindow& sender = track.seen[0];
  sender.end = segment.end;
  sender.max_win = std::max<std::uint32_t>(segment.window, 1);
  sender.max_end = sender.end + sender.max_win;
  if (!step.holds(Clause::tcp_pickup_assumes_sack_and_liberal)) return;
  track.seen[0].flags = track.seen[1].flags = tcp::flag::sack_permitted | tcp::flag::be_liberal;
}

bool may_pick_up(Step& step) {
  return step.settings().tcp_loose || !step.holds(Clause::tcp_loose_setting_off_refuses_pickup);
}

bool tcp_new(Step& step, Conn& conn, const Segment& segment) {
  const TcpState state = tcp::next_state(step, Direction::original, segment.kind, TcpState::none);
  if (state == tcp::invalid_transition) return false;
  conn.tcp = {};
  if (state == TcpState::syn_sent) {
    begin_with_syn(step, conn.tcp, segment);
  } else if (may_pick_up(step)) {
    pick_up(step, conn.tcp, segment);
  } else {
    return false;
  }
  conn.tcp.last_index = static_cast<std::uint8_t>(Kind::none);
  return true;
}

// --- timeouts

std::uint32_t timeout_of(const Settings::Timeouts& timeout, TcpState state) {
  switch (state) {
    case TcpState::syn_sent:
      return timeout.tcp_syn_sent;
    case TcpState::syn_recv:
      return timeout.tcp_syn_recv;
    case TcpState::established:
      return timeout.tcp_established;
    case TcpState::fin_wait:
      return timeout.tcp_fin_wait;
    case TcpState::close_wait:
      return timeout.tcp_close_wait;
    case TcpState::last_ack:
      return timeout.tcp_last_ack;
    case TcpState::time_wait:
      return timeout.tcp_time_wait;
    case TcpState::close:
      return timeout.tcp_close;
    case TcpState::syn_sent2:
      return timeout.tcp_syn_sent2;
    case TcpState::none:
      break;
  }
  return 0;
}

/// What an RST leaves: the short timeout of a closed connection, even when its sequence number was
/// not exact enough to close it.
std::uint32_t timeout_after_rst(Step& step, const Settings::Timeouts& timeout, TcpState state) {
  const std::uint32_t usual = timeout_of(timeout, state);
  if (state == TcpState::established && !step.holds(Clause::tcp_inexact_rst_shortens_timeout))
    return usual;
  if (!step.profile().rst_inexact_awaits_ack) return timeout.tcp_close;
  return state == TcpState::established ? std::min(usual, timeout.tcp_unacknowledged) : usual;
}

bool data_unacknowledged(const TcpTrack& track) {
  return ((track.seen[0].flags | track.seen[1].flags) & tcp::flag::data_unacknowledged) != 0;
}

std::uint32_t timeout_after(Step& step, const Conn& conn, Kind kind) {
  const TcpTrack& track = conn.tcp;
  const Settings& settings = step.settings();
  const Settings::Timeouts& timeout = timeouts_of(step, conn);
  const std::uint32_t usual = timeout_of(timeout, track.state);
  if (track.retrans >= settings.tcp_max_retrans && usual > timeout.tcp_max_retrans &&
      step.holds(Clause::tcp_retransmissions_shorten_timeout)) {
    return timeout.tcp_max_retrans;
  }
  if (kind == Kind::rst) return timeout_after_rst(step, timeout, track.state);
  if (data_unacknowledged(track) && usual > timeout.tcp_unacknowledged &&
      step.holds(Clause::tcp_unacknowledged_data_shortens_timeout)) {
    return timeout.tcp_unacknowledged;
  }
  if (track.last_win == 0 && usual > timeout.tcp_max_retrans &&
      step.holds(Clause::tcp_closed_window_shortens_timeout)) {
    return timeout.tcp_max_retrans;
  }
  return usual;
}

// --- what an accepted segment does

bool becomes_assured(const Conn& conn, TcpState from) {
  return !conn.has(status::assured) && conn.tcp.state == TcpState::established &&
         (from == TcpState::syn_recv || from == TcpState::established);
}

/// An RST is all that came back: nothing will follow, so the entry need not wait.
bool ends_unanswered_flow(Step& step, Conn& conn, const Segment& segment,
                          const TrackedPacket& packet) {
  if (!segment.has_rst || !step.holds(Clause::tcp_rst_as_only_answer_removes_entry)) return false;
  count(step, conn, packet);
  step.conntrack().remove(conn);
  return true;
}

/// A client that tries again and again must not keep an entry alive that nobody answers.
bool is_repeated_syn(Step& step, const Segment& segment, TcpState from) {
  return segment.kind == Kind::syn && from == TcpState::syn_sent &&
         step.holds(Clause::tcp_repeated_syn_does_not_refresh);
}

Tracked accept_segment(Step& step, Conn& conn, const Segment& segment, const Judgement& judgement,
                       const TrackedPacket& packet) {
  TcpTrack& track = conn.tcp;
  track.last_index = static_cast<std::uint8_t>(segment.kind);
  track.last_dir = segment.direction;
  track.state = judgement.to;
  if (judgement.from != TcpState::fin_wait && judgement.to == TcpState::fin_wait &&
      step.holds(Clause::tcp_first_fin_marks_its_sender)) {
    track.seen[index(segment.direction)].flags |= tcp::flag::close_init;
  }
  std::uint32_t timeout = timeout_after(step, conn, segment.kind);
  if (!conn.has(status::seen_reply)) {
    if (ends_unanswered_flow(step, conn, segment, packet)) return {.why = "entry removed"};
    if (is_repeated_syn(step, segment, judgement.from)) return {.why = "repeated SYN"};
    const std::uint32_t most = timeouts_of(step, conn).tcp_unacknowledged;
    if (track.state == TcpState::established && timeout > most &&
        step.holds(Clause::tcp_unanswered_pickup_has_short_timeout)) {
      timeout = most;
    }
  } else if (becomes_assured(conn, judgement.from) &&
             step.holds(Clause::tcp_established_connection_is_assured)) {
    conn.status |= status::assured;
  }
  refresh_acct(step, conn, packet, timeout);
  return {};
}

// --- what a segment that is out of the window leaves behind

/// nf_tcp_handle_invalid: when both sides try to end a connection with which the tracker is out of
/// step, it is not kept for days.
void note_invalid(Step& step, Conn& conn, const Segment& segment) {
  const bool ends = segment.kind == Kind::fin || segment.kind == Kind::rst;
  if (!ends || !conn.has(status::assured) || conn.has(status::fixed_timeout)) return;
  TcpTrack& track = conn.tcp;
  const bool other_side_tried = track.last_dir != segment.direction &&
                                (track.last_index == static_cast<std::uint8_t>(Kind::fin) ||
                                 track.last_index == static_cast<std::uint8_t>(Kind::rst));
  if (!other_side_tried) {
    track.last_index = static_cast<std::uint8_t>(segment.kind);
    track.last_dir = segment.direction;
    return;
  }
  const std::uint64_t left = conn.refreshed_at + conn.timeout - step.now();
  const std::uint32_t lowered = step.settings().timeout.tcp_unacknowledged;
  if (left < lowering_needs || left <= lowered) return;
  if (!step.holds(Clause::tcp_invalid_ends_of_both_sides_lower_timeout)) return;
  conn.timeout = lowered;
  conn.refreshed_at = step.now();
}

Tracked check_against_window(Step& step, Conn& conn, const Segment& segment,
                             const Judgement& judgement, const TrackedPacket& packet) {
  const tcp::WindowCheck check = tcp::check_window(step, conn, segment);
  switch (check.verdict) {
    case tcp::WindowVerdict::accept:
      break;
    case tcp::WindowVerdict::ignore:
      return {.why = check.why};
    case tcp::WindowVerdict::invalid:
      if (step.profile().invalid_fin_lowers_timeout) note_invalid(step, conn, segment);
      return {.verdict = TrackVerdict::invalid, .why = check.why};
  }
  return accept_segment(step, conn, segment, judgement, packet);
}

/// What the tracker lets through without believing it leaves timeout and counters alone.
Tracked let_through(Step& step, Conn& conn, const TrackedPacket& packet, std::string_view why) {
  if (!step.holds(Clause::tcp_ignored_segment_is_not_counted))
    refresh_acct(step, conn, packet, conn.timeout);
  return {.why = why};
}

}  // namespace

Tracked track_tcp(Step& step, Conn& conn, const TrackedPacket& packet) {
  const auto view = wire::TcpView::parse(packet.l4);
  if (!view) return {.verdict = TrackVerdict::invalid, .why = "truncated tcp header"};
  const std::string_view why = refusal(step, packet, *view);
  if (!why.empty()) return {.verdict = TrackVerdict::invalid, .why = why};

  const Segment segment = segment_of(*view, direction_of(packet.ctinfo));
  if (!conn.has(status::confirmed) && !tcp_new(step, conn, segment)) {
    return {.verdict = TrackVerdict::invalid, .why = "no beginning of a tcp connection"};
  }
  const Judgement judgement = tcp::judge(step, conn, segment);
  switch (judgement.action) {
    case Judgement::Action::reopen:
      step.conntrack().remove(conn);
      return {.verdict = TrackVerdict::repeat};
    case Judgement::Action::invalid:
      return {.verdict = TrackVerdict::invalid, .why = judgement.why};
    case Judgement::Action::ignore:
      return let_through(step, conn, packet, judgement.why);
    case Judgement::Action::skip_window:
      return accept_segment(step, conn, segment, judgement, packet);
    case Judgement::Action::check_window:
      break;
  }
  return check_against_window(step, conn, segment, judgement, packet);
}

}  // namespace natstep::model
