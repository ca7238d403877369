// SPDX-License-Identifier: GPL-2.0-or-later
// A connection tracking entry (struct nf_conn) and what a packet's relation to it is called (enum
// ip_conntrack_info).
#pragma once

#include "model/conntrack/tuple.h"
#include "model/conntrack/zone.h"
#include "model/helper/help.h"
#include "model/topology.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

namespace natstep::model {

/// enum ip_conntrack_info, with the kernel's numbers.
enum class CtInfo : std::uint8_t {
  established = 0,
  related = 1,
  is_new = 2,
  established_reply = 3,
  related_reply = 4,
  untracked = 7,
};

constexpr Direction direction_of(CtInfo info) {
  return info >= CtInfo::established_reply ? Direction::reply : Direction::original;
}

/// IPS_*: the bits of CTA_STATUS.
namespace status {
inline constexpr std::uint32_t expected = 0x1;
inline constexpr std::uint32_t seen_reply = 0x2;
inline constexpr std::uint32_t assured = 0x4;
inline constexpr std::uint32_t confirmed = 0x8;
inline constexpr std::uint32_t src_nat = 0x10;
inline constexpr std::uint32_t dst_nat = 0x20;
inline constexpr std::uint32_t seq_adjust = 0x40;
inline constexpr std::uint32_t src_nat_done = 0x80;
inline constexpr std::uint32_t dst_nat_done = 0x100;
inline constexpr std::uint32_t dying = 0x200;
inline constexpr std::uint32_t fixed_timeout = 0x400;
inline constexpr std::uint32_t conn_template = 0x800;
inline constexpr std::uint32_t nat_clash = 0x1000;
inline constexpr std::uint32_t helper = 0x2000;
inline constexpr std::uint32_t nat_mask = src_nat | dst_nat;
}  // namespace status

/// enum tcp_conntrack, with the kernel's numbers (CTA_PROTOINFO_TCP_STATE).
enum class TcpState : std::uint8_t {
  none = 0,
  syn_sent = 1,
  syn_recv = 2,
  established = 3,
  fin_wait = 4,
  close_wait = 5,
  last_ack = 6,
  time_wait = 7,
  close = 8,
  syn_sent2 = 9,
};

/// struct ip_ct_tcp_state: the window tracker's view of one direction. Sequence numbers are host
/// order, modulo 2^32.
struct TcpWindow {
  std::uint32_t end = 0;      // td_end: highest seq + len seen
  std::uint32_t max_end = 0;  // td_maxend: highest ack + window seen from the other side
  std::uint32_t max_win = 0;  // td_maxwin: scaled
  std::uint32_t max_ack = 0;  // td_maxack
  std::uint8_t scale = 0;     // td_scale: shift count
  std::uint8_t flags = 0;     // IP_CT_TCP_FLAG_*, as CTA_PROTOINFO_TCP_FLAGS shows them
};

/// struct ip_ct_tcp: what the TCP tracker remembers beside the windows.
struct TcpTrack {
  std::array<TcpWindow, 2> seen{};
  TcpState state = TcpState::none;
  std::uint8_t last_index = 0;
  Direction last_dir = Direction::original;
  std::uint8_t retrans = 0;
  std::uint32_t last_seq = 0;
  std::uint32_t last_ack = 0;
  std::uint32_t last_end = 0;
  std::uint16_t last_win = 0;
  std::uint8_t last_wscale = 0;
  std::uint8_t last_flags = 0;
};

/// enum sctp_conntrack, with the kernel's numbers (CTA_PROTOINFO_SCTP_STATE).
enum class SctpState : std::uint8_t {
  none = 0,
  closed = 1,
  cookie_wait = 2,
  cookie_echoed = 3,
  established = 4,
  shutdown_sent = 5,
  shutdown_recd = 6,
  shutdown_ack_sent = 7,
  heartbeat_sent = 8,
};

/// struct ip_ct_sctp. Both arrays go by the direction of the packet: the tag that it must have, and
/// whether an INIT was sent in it.
struct SctpTrack {
  std::array<std::uint32_t, 2> vtag{};
  std::array<bool, 2> init{};
  SctpState state = SctpState::none;
  bool heartbeat_tag_failed = false;
  Direction last_direction = Direction::original;  // of the heartbeat that failed
};

/// enum ct_dccp_states, with the kernel's numbers (CTA_PROTOINFO_DCCP_STATE).
enum class DccpState : std::uint8_t {
  none = 0,
  request = 1,
  respond = 2,
  partopen = 3,
  open = 4,
  closereq = 5,
  closing = 6,
  timewait = 7,
};

/// enum ct_dccp_roles, with the kernel's numbers (CTA_PROTOINFO_DCCP_ROLE).
enum class DccpRole : std::uint8_t { client = 0, server = 1 };

/// struct nf_ct_dccp.
struct DccpTrack {
  std::array<DccpRole, 2> role{};  // by direction; both are clients until a packet tells them apart
  DccpState state = DccpState::none;
  std::uint8_t last_type = 0;
  Direction last_direction = Direction::original;
  std::uint64_t handshake_seq = 0;  // of the response that must be acknowledged
};

/// struct nf_ct_gre: the timeouts of a flow, as they were when it began.
struct GreTrack {
  std::uint32_t timeout = 0;
  std::uint32_t stream_timeout = 0;
};

/// struct nf_conn_labels: bit n is bit n % 8 of byte n / 8.
using Labels = std::array<std::uint8_t, 16>;

/// What rules before conntrack ask of the entry that the packet will have (a template entry).
struct ConnTemplate {
  Zone zone;
  bool zone_from_mark = false;  // the packet's mark when conntrack sees it, instead of zone.id
  std::optional<HelperKind> helper{};
};

struct Counters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // L3 lengths
  auto operator<=>(const Counters&) const = default;
};

/// One entry. `tuple[0]` is the original direction, `tuple[1]` the reply direction (tuplehash[]).
struct Conn {
  std::array<Tuple, 2> tuple;
  std::uint32_t status = 0;        // status::* bits
  std::uint32_t timeout = 0;       // seconds from `refreshed_at`
  std::uint64_t refreshed_at = 0;  // the step's time label, seconds
  std::uint64_t created_at = 0;    // likewise
  std::uint32_t mark = 0;
  Zone zone;
  Labels labels{};
  std::uint32_t references = 0;  // packets in flight plus the table; ConntrackTable owns the rules
  bool written = false;          // made by user space and not by a packet
  std::optional<std::uint16_t> masquerade_port;  // the port (interface) that masquerade remembered
  std::array<Counters, 2> counters{};  // counted always; shown only under nf_conntrack_acct
  TcpTrack tcp;
  SctpTrack sctp;
  std::optional<DccpTrack> dccp;  // where the kernel has a tracker for it
  GreTrack gre;
  Conn* master = nullptr;      // of an expected connection; holds a reference
  std::shared_ptr<Help> help;  // null: no helper was ever attached
  std::shared_ptr<const Settings::Timeouts> timeouts;  // of a policy; null: those of the box

  [[nodiscard]] const Tuple& of(Direction d) const { return tuple[index(d)]; }
  [[nodiscard]] bool has(std::uint32_t bits) const { return (status & bits) == bits; }
};

}  // namespace natstep::model
