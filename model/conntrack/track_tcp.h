// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of the TCP tracker: the segment as it sees it, the state table, the judgement of RSTs
// and of what is out of step, and window tracking. Source: net/netfilter/nf_conntrack_proto_tcp.c.
#pragma once

#include "model/conntrack/conn.h"
#include "model/conntrack/track.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace natstep::model {

class Step;

namespace tcp {

/// IP_CT_TCP_FLAG_*: TcpWindow::flags, and challenge_ack and simultaneous_open in
/// TcpTrack::last_flags.
namespace flag {
inline constexpr std::uint8_t window_scale = 0x01;
inline constexpr std::uint8_t sack_permitted = 0x02;
inline constexpr std::uint8_t close_init = 0x04;
inline constexpr std::uint8_t be_liberal = 0x08;
inline constexpr std::uint8_t data_unacknowledged = 0x10;
inline constexpr std::uint8_t max_ack_set = 0x20;
inline constexpr std::uint8_t challenge_ack = 0x40;
inline constexpr std::uint8_t simultaneous_open = 0x80;
}  // namespace flag

/// What kind of segment it is to the state table (enum tcp_bit_set, with the kernel's numbers).
enum class Kind : std::uint8_t { syn, syn_ack, fin, ack, rst, none };

/// A TCP segment in host order. `end` is the sequence number behind its last byte; SYN and FIN
/// count as one.
struct Segment {
  Kind kind{};
  Direction direction{};
  bool has_syn = false, has_ack = false, has_rst = false;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint32_t end = 0;
  std::uint16_t window = 0;  // as on the wire
  wire::ByteView options;
};

// Sequence numbers are compared modulo 2^32.
constexpr bool before(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) < 0;
}
constexpr bool after(std::uint32_t a, std::uint32_t b) {
  return before(b, a);
}

// --- options (track_tcp_options.cpp)

/// tcp_options: window scale and SACK-permitted of a SYN become `window`'s; a header without
/// options changes nothing.
void read_options(Step& step, const Segment& segment, TcpWindow& window);
/// tcp_sack: the highest edge among the SACK blocks, or `ack` when none lies beyond it.
std::uint32_t highest_sack(Step& step, const Segment& segment, std::uint32_t ack);

// --- states (track_tcp_state.cpp)

// Two answers of the state table that are no states; the kernel's numbers as well.
inline constexpr TcpState invalid_transition{10};
inline constexpr TcpState ignored_transition{11};

/// tcp_conntracks[][][]: what a segment makes of `state`.
TcpState next_state(Step& step, Direction direction, Kind kind, TcpState state);

/// What is to be done with a segment, before its sequence numbers are compared with the windows.
struct Judgement {
  enum class Action : std::uint8_t {
    check_window,
    skip_window,  // believed as it is
    ignore,       // let through, entry unchanged
    invalid,
    reopen,  // a new connection under an old tuple
  } action{};
  TcpState from{};
  TcpState to{};
  std::string_view why{};
};
Judgement judge(Step& step, Conn& conn, const Segment& segment);

/// RSTs have rules of their own (track_tcp_rst.cpp). `to` is CLOSE on entry.
Judgement judge_rst(Step& step, const Conn& conn, const Segment& segment, Judgement judgement);

// --- windows (track_tcp_window.cpp)

enum class WindowVerdict : std::uint8_t { accept, ignore, invalid };
struct WindowCheck {
  WindowVerdict verdict = WindowVerdict::accept;
  std::string_view why{};
};
/// tcp_in_window: compares with the windows of both sides, and moves them when the segment fits.
WindowCheck check_window(Step& step, Conn& conn, const Segment& segment);

}  // namespace tcp
}  // namespace natstep::model
