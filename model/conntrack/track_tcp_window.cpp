// SPDX-License-Identifier: GPL-2.0-or-later
// Window tracking, after Guido van Rooij, "Real Stateful TCP Packet Filtering in IP Filter" (2001),
// as tcp_in_window does it.
//
// Of each side the tracker knows the end of what it has sent, and how far the other side has
// allowed it to go. A segment must lie within four bounds:
//   I    it ends no later than the receiver allows        seq <= sender.max_end
//   II   it is not older than one window                  end >= sender.end - receiver.max_win
//   III  it acknowledges only what was sent               ack <= receiver.end
//   IV   its acknowledgement is not too old               ack >= receiver.end - one window, at
//   least 66000
#include "model/clause_names.h"
#include "model/conntrack/track_tcp.h"
#include "model/helper/seqadj.h"
#include "model/packet.h"

#include <algorithm>

namespace natstep::model::tcp {
namespace {

constexpr std::uint32_t least_ack_window = 66000;  // MAXACKWINCONST

/// The numbers of a segment as they are compared; some are replaced by what the segment must have
/// meant.
struct Numbers {
  std::uint32_t seq, end, ack, sack, window;
};

struct Sides {
  TcpWindow& sender;
  TcpWindow& receiver;
};

constexpr WindowCheck accepted{};

std::uint32_t at_least_one(std::uint32_t window) {
  return std::max(window, 1U);
}

bool opening(TcpState state) {
  return state == TcpState::syn_sent || state == TcpState::syn_recv;
}

/// RFC 7323 section 2.2: scaling is in force only when both SYNs carry the option.
void agree_on_scale(Step& step, Sides sides, Direction direction) {
  const std::uint8_t both = sides.sender.flags & sides.receiver.flags;
  if ((both & flag::window_scale) != 0) return;
  // Until 5.17 the option was already given up while only one side had been seen.
  if (step.profile().window_reinit_by_syn_only && direction == Direction::original) return;
  if (!step.holds(Clause::tcp_window_scale_needs_both_sides)) return;
  sides.sender.scale = sides.receiver.scale = 0;
}

/// tcp_init_sender: the window of a side begins with its SYN.
void begin_with_syn(Step& step, const Segment& segment, Sides sides) {
  sides.sender.end = sides.sender.max_end = segment.end;
  sides.sender.max_win = at_least_one(segment.window);
  read_options(step, segment, sides.sender);
  agree_on_scale(step, sides, segment.direction);
}

/// The first segment of a side whose beginning was not seen: believe what it says.
void begin_in_the_middle(Step& step, const Segment& segment, std::uint32_t sack, Sides sides) {
  TcpWindow& sender = sides.sender;
  TcpWindow& receiver = sides.receiver;
  sender.end = segment.end;
  sender.max_win = at_least_one(std::uint32_t{segment.window} << sender.scale);
  sender.max_end = segment.end + sender.max_win;
  if (receiver.max_win == 0) {
    receiver.end = receiver.max_end = sack;
  } else if (sack == receiver.end + 1 && step.holds(Clause::tcp_answer_to_keepalive_is_accepted)) {
    ++receiver.end;  // the keep-alive repeated a byte that was never seen
  }
}

/// A later SYN of a connection that is still opening starts its side's window again (RFC 9293
/// section 3.4).
bool begins_again(Step& step, const Conn& conn, const Segment& segment, const TcpWindow& sender) {
  const TcpState state = conn.tcp.state;
  if (!after(segment.end, sender.end)) return false;
  if (step.profile().window_reinit_by_syn_only) {
    return segment.has_syn && opening(state) && step.holds(Clause::tcp_later_syn_restarts_window);
  }
  return segment.direction == Direction::original ? state == TcpState::syn_sent
                                                  : state == TcpState::syn_recv;
}

void begin_again(Step& step, const Segment& segment, Sides sides) {
  if (step.profile().window_reinit_by_syn_only) return begin_with_syn(step, segment, sides);
  sides.sender.end = sides.sender.max_end = segment.end;
  sides.sender.max_win = at_least_one(segment.window);
  read_options(step, segment, sides.sender);
}

enum class Begun : std::uint8_t { no, yes, and_done };

/// Sets up the sender's window when it is not known, or begins anew.
Begun begin(Step& step, const Conn& conn, const Segment& segment, std::uint32_t sack, Sides sides) {
  if (sides.sender.max_win == 0) {
    if (!segment.has_syn) {
      begin_in_the_middle(step, segment, sack, sides);
      return Begun::yes;
    }
    begin_with_syn(step, segment, sides);
    return segment.has_ack ? Begun::yes : Begun::and_done;
  }
  if (!begins_again(step, conn, segment, sides.sender)) return Begun::no;
  begin_again(step, segment, sides);
  const bool crossing = segment.direction == Direction::reply && !segment.has_ack;
  return crossing && step.profile().window_reinit_by_syn_only ? Begun::and_done : Begun::yes;
}

/// Segments without an acknowledgement are treated as if they carried the best one.
void correct(Step& step, const Conn& conn, const Segment& segment, Sides sides, Numbers& n) {
  const bool broken_rst = segment.has_rst && segment.has_ack && segment.ack == 0 &&
                          step.holds(Clause::tcp_rst_with_zero_ack_is_accepted);
  if (!segment.has_ack || broken_rst) n.ack = n.sack = sides.receiver.end;
  const bool answer_to_syn =
      segment.has_rst && segment.seq == 0 && conn.tcp.state == TcpState::syn_sent;
  if (answer_to_syn && step.holds(Clause::tcp_rst_to_syn_may_have_zero_seq)) {
    n.seq = n.end = sides.sender.end;
  }
}

// --- the bounds

std::uint32_t ack_window(const TcpWindow& sender) {
  return std::max(sender.max_win, least_ack_window);
}
bool within_one(const Numbers& n, const Sides& s) {
  return before(n.seq, s.sender.max_end + 1);
}
bool within_two(const Numbers& n, const Sides& s) {
  return after(n.end, s.sender.end - s.receiver.max_win - 1);
}
bool within_three(const Numbers& n, const Sides& s) {
  return before(n.sack, s.receiver.end + 1);
}
bool within_four(const Numbers& n, const Sides& s) {
  return after(n.sack, s.receiver.end - ack_window(s.sender) - 1);
}

/// nf_tcp_store_invalid: with liberal tracking what is out of bounds is accepted all the same.
WindowCheck out_of_bounds(Step& step, Sides sides, WindowVerdict verdict, std::string_view why) {
  if ((sides.sender.flags & flag::be_liberal) != 0 &&
      step.holds(Clause::tcp_picked_up_connection_is_liberal)) {
    return accepted;
  }
  if (step.settings().tcp_be_liberal && step.holds(Clause::tcp_be_liberal_setting_accepts)) {
    return accepted;
  }
  if (!step.profile().window_ignore_outside) verdict = WindowVerdict::invalid;
  return {.verdict = verdict, .why = why};
}

/// Bound I is broken by less than a window: a sender that does not keep to what it was allowed. The
/// bytes go to the receiver, who may acknowledge them.
bool overshoots_a_little(Step& step, const Numbers& n, const Sides& sides) {
  if (!step.profile().window_ignore_outside || sides.receiver.max_win == 0) return false;
  const std::uint32_t overshoot = n.end - sides.sender.max_end + 1;
  return within_two(n, sides) && within_three(n, sides) && within_four(n, sides) &&
         overshoot <= sides.receiver.max_win && step.holds(Clause::tcp_small_overshoot_is_ignored);
}

WindowCheck beyond_window(Step& step, const Numbers& n, Sides sides) {
  if (!overshoots_a_little(step, n, sides)) {
    return out_of_bounds(step, sides, WindowVerdict::invalid, "SEQ beyond the receiver's window");
  }
  sides.sender.end = n.end;
  sides.sender.flags |= flag::data_unacknowledged;
  return out_of_bounds(step, sides, WindowVerdict::ignore,
                       "more bytes than the window allows, ignored");
}

/// Compares with the four bounds. `accept` with no reason: within all of them.
struct Bounds {
  bool kept = true;
  WindowCheck otherwise;
};

Bounds check_bounds(Step& step, const Numbers& n, Sides sides) {
  if (!within_one(n, sides) && step.holds(Clause::tcp_sequence_beyond_window_is_refused)) {
    return {.kept = false, .otherwise = beyond_window(step, n, sides)};
  }
  if (!within_three(n, sides) && step.holds(Clause::tcp_ack_of_unsent_data_is_invalid)) {
    return {
        .kept = false,
        .otherwise = out_of_bounds(step, sides, WindowVerdict::invalid, "ACK of data not seen")};
  }
  const bool known = sides.receiver.max_win != 0;
  if (known && !within_two(n, sides) && step.holds(Clause::tcp_old_data_is_ignored)) {
    return {.kept = false,
            .otherwise = out_of_bounds(step, sides, WindowVerdict::ignore, "old data, ignored")};
  }
  if (!within_four(n, sides) && step.holds(Clause::tcp_old_ack_is_ignored)) {
    return {.kept = false,
            .otherwise = out_of_bounds(step, sides, WindowVerdict::ignore, "old ACK, ignored")};
  }
  return {};
}

// --- moving the windows

void move_sender(Step& step, const Segment& segment, const Numbers& n, TcpWindow& sender) {
  sender.max_win = std::max(sender.max_win, n.window + (n.sack - n.ack));
  if (after(n.end, sender.end)) {
    sender.end = n.end;
    if (step.holds(Clause::tcp_new_data_is_unacknowledged))
      sender.flags |= flag::data_unacknowledged;
  }
  if (!segment.has_ack) return;
  const bool known = (sender.flags & flag::max_ack_set) != 0;
  if (!known || after(n.ack, sender.max_ack)) sender.max_ack = n.ack;
  sender.flags |= flag::max_ack_set;
}

void move_receiver(Step& step, const Numbers& n, Sides sides) {
  TcpWindow& receiver = sides.receiver;
  if (receiver.max_win != 0 && after(n.end, sides.sender.max_end)) {
    receiver.max_win += n.end - sides.sender.max_end;
  }
  if (after(n.sack + n.window, receiver.max_end - 1)) {
    receiver.max_end = n.sack + n.window;
    // A closed window still admits the byte that probes it (RFC 9293 section 3.8.6.1).
    if (n.window == 0 && step.holds(Clause::tcp_closed_window_admits_a_probe)) ++receiver.max_end;
  }
  if (n.ack == receiver.end && step.holds(Clause::tcp_acknowledgement_clears_unacknowledged)) {
    receiver.flags &= static_cast<std::uint8_t>(~flag::data_unacknowledged);
  }
}

/// The same pure acknowledgement over and over again: the other side does not get through.
void count_retransmissions(TcpTrack& tcp, const Segment& segment, const Numbers& n) {
  if (segment.kind != Kind::ack) return;
  const bool again = tcp.last_dir == segment.direction && tcp.last_seq == n.seq &&
                     tcp.last_ack == n.ack && tcp.last_end == n.end &&
                     tcp.last_win == segment.window;
  tcp.retrans = again ? static_cast<std::uint8_t>(tcp.retrans + 1) : std::uint8_t{0};
  tcp.last_dir = segment.direction;
  tcp.last_seq = n.seq;
  tcp.last_ack = n.ack;
  tcp.last_end = n.end;
  tcp.last_win = segment.window;
}

/// What is acknowledged was counted as the receiver saw it; the windows count as the sender does.
std::uint32_t shift_of_acknowledged(Step& step, const Conn& conn, const Segment& segment) {
  const std::int32_t shift = seq_offset(conn, !segment.direction, segment.ack - 1);
  if (shift != 0 && !step.holds(Clause::window_counts_as_the_sender_does)) return 0;
  return static_cast<std::uint32_t>(shift);
}

}  // namespace

WindowCheck check_window(Step& step, Conn& conn, const Segment& segment) {
  TcpTrack& tcp = conn.tcp;
  const Sides sides{.sender = tcp.seen[index(segment.direction)],
                    .receiver = tcp.seen[index(!segment.direction)]};
  const bool sack_expected = (sides.receiver.flags & flag::sack_permitted) != 0;
  const std::uint32_t shift = shift_of_acknowledged(step, conn, segment);
  const std::uint32_t sack =
      (sack_expected ? highest_sack(step, segment, segment.ack) : segment.ack) - shift;
  if (begin(step, conn, segment, sack, sides) == Begun::and_done) return accepted;

  Numbers n{.seq = segment.seq,
            .end = segment.end,
            .ack = segment.ack - shift,
            .sack = sack,
            .window = segment.window};
  correct(step, conn, segment, sides, n);
  const Bounds bounds = check_bounds(step, n, sides);
  if (!bounds.kept) return bounds.otherwise;

  if (!segment.has_syn && step.holds(Clause::tcp_window_is_scaled)) n.window <<= sides.sender.scale;
  move_sender(step, segment, n, sides.sender);
  move_receiver(step, n, sides);
  count_retransmissions(tcp, segment, n);
  return accepted;
}

}  // namespace natstep::model::tcp
