// SPDX-License-Identifier: GPL-2.0-or-later
// The state machine of the TCP tracker: the table, and the cases that a table cannot say.
#include "model/clause_names.h"
#include "model/conntrack/track_tcp.h"
#include "model/packet.h"

#include <array>
#include <bitset>
#include <initializer_list>

namespace natstep::model::tcp {
namespace {

constexpr std::size_t state_count = 10;
constexpr std::size_t kind_count = 6;

using Row = std::array<TcpState, state_count>;
using Table = std::array<std::array<Row, kind_count>, 2>;

// Short names, as wide as the table's columns.
constexpr TcpState NO = TcpState::none, SS = TcpState::syn_sent, SR = TcpState::syn_recv,
                   ES = TcpState::established, FW = TcpState::fin_wait, CW = TcpState::close_wait,
                   LA = TcpState::last_ack, TW = TcpState::time_wait, CL = TcpState::close,
                   S2 = TcpState::syn_sent2, IV = invalid_transition, IG = ignored_transition;

// clang-format off
constexpr Table table{{
  {{ // original       NO  SS  SR  ES  FW  CW  LA  TW  CL  S2
    /* SYN     */ Row{ SS, SS, IG, IG, IG, IG, IG, SS, SS, S2 },
    /* SYN+ACK */ Row{ IV, IV, SR, IV, IV, IV, IV, IV, IV, SR },
    /* FIN     */ Row{ IV, IV, FW, FW, LA, LA, LA, TW, CL, IV },
    /* ACK     */ Row{ ES, IV, ES, ES, CW, CW, TW, TW, CL, IV },
    /* RST     */ Row{ IV, CL, CL, CL, CL, CL, CL, CL, CL, CL },
    /* none    */ Row{ IV, IV, IV, IV, IV, IV, IV, IV, IV, IV },
  }},
  {{ // reply          NO  SS  SR  ES  FW  CW  LA  TW  CL  S2
    /* SYN     */ Row{ IV, S2, IV, IV, IV, IV, IV, SS, IV, S2 },
    /* SYN+ACK */ Row{ IV, SR, IG, IG, IG, IG, IG, IG, IG, SR },
    /* FIN     */ Row{ IV, IV, FW, FW, LA, LA, LA, TW, CL, IV },
    /* ACK     */ Row{ IV, IG, SR, ES, CW, CW, TW, TW, CL, IG },
    /* RST     */ Row{ IV, CL, CL, CL, CL, CL, CL, CL, CL, CL },
    /* none    */ Row{ IV, IV, IV, IV, IV, IV, IV, IV, IV, IV },
  }},
}};
// clang-format on

/// Some cells of the table under one name: what they do stands in the table, `instead` is the
/// deliberate defect.
struct Transition {
  enum class Who : std::uint8_t { original, reply, either };

  Clause clause;
  Who who;
  Kind kind;
  std::initializer_list<TcpState> from;
  TcpState instead;
};
using enum Transition::Who;

/// "The state stays": a defect that depends on the cell, so it has no state of its own.
constexpr TcpState stays{0xff};

const Transition transitions[] = {
    {Clause::tcp_syn_opens_connection, original, Kind::syn, {NO}, IV},
    {Clause::tcp_ack_of_unknown_flow_is_picked_up, original, Kind::ack, {NO}, IV},
    {Clause::tcp_flow_begins_with_syn_or_ack, original, Kind::syn_ack, {NO}, ES},
    {Clause::tcp_flow_begins_with_syn_or_ack, original, Kind::fin, {NO}, ES},
    {Clause::tcp_flow_begins_with_syn_or_ack, original, Kind::rst, {NO}, ES},
    {Clause::tcp_syn_ack_answers_syn, reply, Kind::syn_ack, {SS}, stays},
    {Clause::tcp_ack_completes_handshake, original, Kind::ack, {SR}, stays},
    {Clause::tcp_server_ack_leaves_handshake_open, reply, Kind::ack, {SR}, ES},
    {Clause::tcp_fin_begins_closing, either, Kind::fin, {SR, ES}, stays},
    {Clause::tcp_ack_after_fin_is_close_wait, either, Kind::ack, {FW}, stays},
    {Clause::tcp_second_fin_is_last_ack, either, Kind::fin, {FW, CW}, stays},
    {Clause::tcp_ack_of_last_fin_is_time_wait, either, Kind::ack, {LA}, stays},
    {Clause::tcp_closed_connection_stays_closed, either, Kind::ack, {TW, CL}, ES},
    {Clause::tcp_closed_connection_stays_closed, either, Kind::fin, {TW, CL}, ES},
    {Clause::tcp_rst_closes, either, Kind::rst, {SS, SR, ES, FW, CW, LA, TW, S2}, stays},
    {Clause::tcp_crossing_syns_are_simultaneous_open, reply, Kind::syn, {SS}, IV},
    {Clause::tcp_syn_ack_after_crossing_syns, either, Kind::syn_ack, {S2}, stays},
    {Clause::tcp_syn_of_known_connection_is_ignored, original, Kind::syn, {SR, ES, FW, CW, LA}, IV},
    {Clause::tcp_repeated_syn_ack_is_ignored,
     reply,
     Kind::syn_ack,
     {SR, ES, FW, CW, LA, TW, CL},
     IV},
    {Clause::tcp_ack_in_answer_to_syn_is_ignored, reply, Kind::ack, {SS, S2}, IV},
    {Clause::tcp_client_waits_for_syn_ack, original, Kind::ack, {SS, S2}, IG},
    {Clause::tcp_client_waits_for_syn_ack, original, Kind::fin, {SS, S2}, IG},
    {Clause::tcp_server_fin_before_syn_ack_is_invalid, reply, Kind::fin, {SS, S2}, IG},
    {Clause::tcp_syn_ack_from_client_is_invalid,
     original,
     Kind::syn_ack,
     {SS, ES, FW, CW, LA, TW, CL},
     IG},
    {Clause::tcp_syn_from_server_is_invalid, reply, Kind::syn, {SR, ES, FW, CW, LA, CL}, IG},
};

/// The transitions by cell, so that a packet need not search the list.
using Index = std::array<std::array<std::array<const Transition*, state_count>, kind_count>, 2>;

Index make_index() {
  Index by_cell{};
  for (const Transition& transition : transitions) {
    for (const TcpState from : transition.from) {
      const auto kind = static_cast<std::size_t>(transition.kind);
      const auto state = static_cast<std::size_t>(from);
      if (transition.who != reply) by_cell[0][kind][state] = &transition;
      if (transition.who != original) by_cell[1][kind][state] = &transition;
    }
  }
  return by_cell;
}

// --- what the table cannot say

Judgement answer(Judgement judgement, Judgement::Action action, std::string_view why) {
  judgement.action = action;
  judgement.why = why;
  return judgement;
}

bool closed_by_fin(const TcpTrack& tcp) {
  return ((tcp.seen[0].flags | tcp.seen[1].flags) & flag::close_init) != 0;
}

/// A SYN under the tuple of a finished connection: the same client begins anew, unless it was the
/// other side that aborted.
bool may_reopen(Step& step, const TcpTrack& tcp, const Segment& segment) {
  if (closed_by_fin(tcp)) return step.holds(Clause::tcp_syn_reopens_finished_connection);
  if (tcp.last_index != static_cast<std::uint8_t>(Kind::rst)) return false;
  if (tcp.last_dir == segment.direction) return step.holds(Clause::tcp_syn_after_own_rst_reopens);
  return !step.holds(Clause::tcp_syn_after_rst_of_peer_is_ignored);
}

/// The SYN+ACK answers a SYN that was ignored: the two ends are in step, and only the tracker was
/// not.
bool answers_ignored_syn(const TcpTrack& tcp, const Segment& segment) {
  return segment.kind == Kind::syn_ack && tcp.last_index == static_cast<std::uint8_t>(Kind::syn) &&
         tcp.last_dir != segment.direction && segment.ack == tcp.last_end;
}

/// Takes over what was noted about the ignored SYN, and starts the answering side afresh
/// (nf_ct_tcp_state_reset).
void resynchronise(Step& step, TcpTrack& tcp, const Segment& segment) {
  TcpWindow& opener = tcp.seen[index(tcp.last_dir)];
  opener.end = opener.max_end = tcp.last_end;
  opener.max_win = tcp.last_win == 0 ? 1 : tcp.last_win;
  const bool noted = step.holds(Clause::tcp_ignored_syn_leaves_its_options);
  tcp.last_flags &= static_cast<std::uint8_t>(~flag::challenge_ack);
  opener.scale = noted ? tcp.last_wscale : std::uint8_t{0};
  opener.flags = noted ? tcp.last_flags : std::uint8_t{0};
  TcpWindow& answerer = tcp.seen[index(segment.direction)];
  answerer = {.flags = static_cast<std::uint8_t>(answerer.flags & flag::be_liberal)};
}

void note_ignored_syn(Step& step, TcpTrack& tcp, const Segment& segment, TcpState state) {
  TcpWindow seen;
  read_options(step, segment, seen);
  tcp.last_flags = seen.flags & (flag::window_scale | flag::sack_permitted);
  tcp.last_wscale = (seen.flags & flag::window_scale) != 0 ? seen.scale : std::uint8_t{0};
  // RFC 5961 section 4: the peer answers with an ACK that must not be taken for the last one.
  if (state == TcpState::last_ack) tcp.last_flags |= flag::challenge_ack;
}

void note_ignored(Step& step, TcpTrack& tcp, const Segment& segment, TcpState state) {
  tcp.last_index = static_cast<std::uint8_t>(segment.kind);
  tcp.last_dir = segment.direction;
  tcp.last_seq = segment.seq;
  tcp.last_end = segment.end;
  tcp.last_win = segment.window;
  if (segment.kind == Kind::syn && segment.direction == Direction::original) {
    note_ignored_syn(step, tcp, segment, state);
  }
  const bool challenge = state == TcpState::syn_sent && segment.kind == Kind::ack &&
                         segment.direction == Direction::reply;
  if (challenge && step.profile().rst_challenge_memory) tcp.last_ack = segment.ack;
}

Judgement judge_ignored(Step& step, TcpTrack& tcp, const Segment& segment, Judgement judgement) {
  if (answers_ignored_syn(tcp, segment) &&
      step.holds(Clause::tcp_syn_ack_to_ignored_syn_resynchronises)) {
    resynchronise(step, tcp, segment);
    judgement.from = TcpState::syn_sent;
    judgement.to = TcpState::syn_recv;
    return judgement;
  }
  note_ignored(step, tcp, segment, judgement.from);
  return answer(judgement, Judgement::Action::ignore, "ignored by the tcp tracker");
}

/// An ACK that answers an ignored SYN, and acknowledges no FIN.
bool is_challenge_ack(const TcpTrack& tcp, const Segment& segment, TcpState state) {
  return state == TcpState::last_ack && segment.kind == Kind::ack &&
         tcp.last_dir != segment.direction &&
         tcp.last_index == static_cast<std::uint8_t>(Kind::syn) &&
         (tcp.last_flags & flag::challenge_ack) != 0;
}

Judgement judge_time_wait(Step& step, TcpTrack& tcp, const Segment& segment, Judgement judgement) {
  if (!is_challenge_ack(tcp, segment, judgement.from)) return judgement;
  tcp.last_flags &= static_cast<std::uint8_t>(~flag::challenge_ack);
  if (!step.holds(Clause::tcp_challenge_ack_is_not_the_last_ack)) return judgement;
  return answer(judgement, Judgement::Action::ignore, "challenge ACK ignored");
}

Judgement judge_syn_recv(Step& step, const TcpTrack& tcp, const Segment& segment,
                         Judgement judgement) {
  const bool crossing = (tcp.last_flags & flag::simultaneous_open) != 0;
  if (crossing && segment.kind == Kind::ack && segment.direction == Direction::reply &&
      step.holds(Clause::tcp_simultaneous_open_is_established_by_either)) {
    judgement.to = TcpState::established;
  }
  return judgement;
}

}  // namespace

TcpState next_state(Step& step, Direction direction, Kind kind, TcpState state) {
  static const Index by_cell = make_index();
  const auto d = index(direction);
  const auto k = static_cast<std::size_t>(kind);
  const auto s = static_cast<std::size_t>(state);
  const Transition* transition = by_cell[d][k][s];
  if (transition == nullptr || step.holds(transition->clause)) return table[d][k][s];
  return transition->instead == stays ? state : transition->instead;
}

Judgement judge(Step& step, Conn& conn, const Segment& segment) {
  TcpTrack& tcp = conn.tcp;
  Judgement judgement{.action = Judgement::Action::check_window, .from = tcp.state};
  judgement.to = next_state(step, segment.direction, segment.kind, tcp.state);
  if (judgement.to == ignored_transition) return judge_ignored(step, tcp, segment, judgement);
  if (judgement.to == invalid_transition) {
    return answer(judgement, Judgement::Action::invalid, "tcp segment out of order");
  }
  switch (judgement.to) {
    case TcpState::syn_sent:
      if (judgement.from < TcpState::time_wait) return judgement;
      if (!may_reopen(step, tcp, segment)) return judge_ignored(step, tcp, segment, judgement);
      return answer(judgement, Judgement::Action::reopen, "reopened");
    case TcpState::syn_sent2:
      tcp.last_flags |= flag::simultaneous_open;
      return judgement;
    case TcpState::syn_recv:
      return judge_syn_recv(step, tcp, segment, judgement);
    case TcpState::time_wait:
      return judge_time_wait(step, tcp, segment, judgement);
    case TcpState::close:
      return segment.kind == Kind::rst ? judge_rst(step, conn, segment, judgement) : judgement;
    default:
      return judgement;
  }
}

}  // namespace natstep::model::tcp
