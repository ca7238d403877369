// SPDX-License-Identifier: GPL-2.0-or-later
// The control messages of PPTP. RFC 2637 section 2. Source:
// include/linux/netfilter/nf_conntrack_pptp.h.
#pragma once

#include "model/wire/bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace natstep::model::pptp {

enum class Type : std::uint16_t {
  none = 0,
  start_request = 1,
  start_reply = 2,
  stop_request = 3,
  stop_reply = 4,
  echo_request = 5,
  echo_reply = 6,
  outgoing_call_request = 7,
  outgoing_call_reply = 8,
  incoming_call_request = 9,
  incoming_call_reply = 10,
  incoming_call_connected = 11,
  call_clear_request = 12,
  call_disconnect_notify = 13,
  wan_error_notify = 14,
  set_link_info = 15,
};

inline constexpr std::uint16_t control_packet = 1;
inline constexpr std::uint32_t magic_cookie = 0x1a2b3c4d;

/// Offsets into a message.
inline constexpr std::size_t packet_type = 2;
inline constexpr std::size_t cookie = 4;
inline constexpr std::size_t message_type = 8;
inline constexpr std::size_t body = 12;  // what all messages begin with ends here

/// How long the body of each type is; none is known of an echo.
inline constexpr std::array<std::size_t, 16> body_sizes{0,  144, 144, 4,  4, 0,   0,  156,
                                                        20, 208, 12,  16, 4, 136, 28, 12};

inline constexpr std::uint8_t done = 1;  // the result code of whatever went well

/// The fields of bodies, by their offset into the message.
inline constexpr std::size_t call_id = body;            // the sender's own
inline constexpr std::size_t peers_call_id = body + 2;  // in replies
inline constexpr std::size_t only_call_id = body;       // where a message has one id only
inline constexpr std::size_t start_result = body + 2;   // Start-Control-Connection-Reply
inline constexpr std::size_t stop_result = body;        // Stop-Control-Connection-Reply
inline constexpr std::size_t call_result = body + 4;    // both call replies

}  // namespace natstep::model::pptp
