// SPDX-License-Identifier: GPL-2.0-or-later
// PPTP: a control connection over TCP arranges calls, each of which is a tunnel of GRE. RFC 2637.
// The kernel takes the side that opened the control connection for the PNS. Source:
// net/netfilter/nf_conntrack_pptp.c, net/ipv4/netfilter/nf_nat_pptp.c.
#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/helper/helper_packet.h"
#include "model/helper/mangle.h"
#include "model/helper/pptp_call.h"
#include "model/helper/pptp_message.h"

#include <array>
#include <optional>
#include <string>

namespace natstep::model {
namespace {

using pptp::Type;

/// A message, as much of it as there is. What is missing reads as zeros.
class Message {
 public:
  explicit Message(std::string_view payload) : text_(payload) {}

  [[nodiscard]] std::uint8_t byte(std::size_t at) const {
    return at < text_.size() ? static_cast<std::uint8_t>(text_[at]) : std::uint8_t{0};
  }
  [[nodiscard]] std::uint16_t word(std::size_t at) const {
    return static_cast<std::uint16_t>((byte(at) << 8) | byte(at + 1));
  }
  [[nodiscard]] std::uint32_t long_word(std::size_t at) const {
    return (std::uint32_t{word(at)} << 16) | word(at + 2);
  }
  [[nodiscard]] Type type() const { return static_cast<Type>(word(pptp::message_type)); }
  [[nodiscard]] bool has_header() const { return text_.size() >= pptp::body; }
  /// Long enough for its type; of types that nobody knows any length will do.
  [[nodiscard]] bool is_whole() const {
    const std::size_t type = word(pptp::message_type);
    return type >= pptp::body_sizes.size() || text_.size() - pptp::body >= pptp::body_sizes[type];
  }

 private:
  std::string_view text_;
};

bool is_control(Step& step, const Message& message) {
  if (!message.has_header()) return false;
  if (message.word(pptp::packet_type) != pptp::control_packet &&
      step.holds(Clause::pptp_control_packets_only)) {
    return false;
  }
  if (message.long_word(pptp::cookie) != pptp::magic_cookie &&
      step.holds(Clause::pptp_message_has_the_cookie)) {
    return false;
  }
  return message.is_whole() || !step.holds(Clause::pptp_short_message_is_not_read);
}

/// Whether a message fits in with those before it. What does not is neither followed nor
/// translated.
enum class Fits : std::uint8_t { no, yes };

struct Control {
  Step& step;
  const HelpedPacket& packet;
  const Message& message;
  PptpTrack& track;

  [[nodiscard]] bool confirmed() const {
    return track.session == PptpSession::confirmed ||
           !step.holds(Clause::pptp_calls_need_a_confirmed_session);
  }
  [[nodiscard]] bool succeeded(std::size_t at) const {
    return message.byte(at) == pptp::done || !step.holds(Clause::pptp_result_counts);
  }
  [[nodiscard]] bool names(std::uint16_t id, std::uint16_t said) const {
    return id == said || !step.holds(Clause::pptp_answer_names_the_call);
  }
};

// --- from the PNS

Fits request_start(const Control& control) {
  if (control.track.session != PptpSession::none) return Fits::no;
  control.track.session = PptpSession::requested;
  return Fits::yes;
}

Fits request_outgoing_call(const Control& control) {
  if (!control.confirmed()) return Fits::no;
  control.track.call = PptpCall::out_requested;
  control.track.pns_call_id = control.message.word(pptp::call_id);
  return Fits::yes;
}

Fits answer_incoming_call(const Control& control) {
  PptpTrack& track = control.track;
  if (track.call != PptpCall::in_requested && track.call != PptpCall::in_replied) return Fits::no;
  if (!control.names(track.pac_call_id, control.message.word(pptp::peers_call_id))) return Fits::no;
  if (!control.succeeded(pptp::call_result)) {
    track.call = PptpCall::none;
    return Fits::yes;
  }
  track.call = PptpCall::in_replied;
  track.pns_call_id = control.message.word(pptp::call_id);
  return Fits::yes;
}

Fits request_clearing(const Control& control) {
  if (!control.confirmed()) return Fits::no;
  if (control.step.holds(Clause::pptp_cleared_call_is_not_answered)) {
    control.track.call = PptpCall::clear_requested;
  }
  return Fits::yes;
}

Fits follow_pns(const Control& control) {
  switch (control.message.type()) {
    case Type::start_request:
      return request_start(control);
    case Type::stop_request:
      control.track.session = PptpSession::stop_requested;
      return Fits::yes;
    case Type::outgoing_call_request:
      return request_outgoing_call(control);
    case Type::incoming_call_reply:
      return answer_incoming_call(control);
    case Type::call_clear_request:
      return request_clearing(control);
    case Type::set_link_info:
    case Type::echo_request:
    case Type::echo_reply:
      return Fits::yes;
    default:
      return Fits::no;
  }
}

// --- from the PAC

Fits answer_start(const Control& control) {
  if (control.track.session < PptpSession::requested) return Fits::no;
  control.track.session =
      control.succeeded(pptp::start_result) ? PptpSession::confirmed : PptpSession::error;
  return Fits::yes;
}

Fits answer_stop(const Control& control) {
  if (control.track.session > PptpSession::stop_requested) return Fits::no;
  const bool stopped = control.message.byte(pptp::stop_result) == pptp::done;
  control.track.session = stopped ? PptpSession::none : PptpSession::error;
  return Fits::yes;
}

Fits answer_outgoing_call(const Control& control) {
  PptpTrack& track = control.track;
  const bool asked = track.call == PptpCall::out_requested || track.call == PptpCall::out_confirmed;
  if (!control.confirmed() || !asked) return Fits::no;
  const CallIds ids{.pac = control.message.word(pptp::call_id),
                    .pns = control.message.word(pptp::peers_call_id)};
  if (!control.names(track.pns_call_id, ids.pns)) return Fits::no;
  if (!control.succeeded(pptp::call_result)) {
    track.call = PptpCall::none;
    return Fits::yes;
  }
  track.call = PptpCall::out_confirmed;
  track.pac_call_id = ids.pac;
  if (control.step.holds(Clause::pptp_accepted_call_is_expected)) {
    expect_call(control.step, control.packet.conn, ids);
  }
  return Fits::yes;
}

Fits announce_incoming_call(const Control& control) {
  if (!control.confirmed()) return Fits::no;
  control.track.call = PptpCall::in_requested;
  control.track.pac_call_id = control.message.word(pptp::call_id);
  return Fits::yes;
}

Fits connect_incoming_call(const Control& control) {
  PptpTrack& track = control.track;
  const bool answered = track.call == PptpCall::in_replied || track.call == PptpCall::in_confirmed;
  const std::uint16_t pns = control.message.word(pptp::only_call_id);
  if (!control.confirmed() || !answered || !control.names(track.pns_call_id, pns)) return Fits::no;
  track.call = PptpCall::in_confirmed;
  if (control.step.holds(Clause::pptp_connected_call_is_expected)) {
    expect_call(control.step, control.packet.conn, {.pac = track.pac_call_id, .pns = pns});
  }
  return Fits::yes;
}

Fits end_call(const Control& control) {
  control.track.call = PptpCall::none;
  if (control.step.holds(Clause::pptp_disconnected_call_takes_its_tunnel_along)) {
    control.step.conntrack().end_call(control.packet.conn);
  }
  return Fits::yes;
}

Fits follow_pac(const Control& control) {
  switch (control.message.type()) {
    case Type::start_reply:
      return answer_start(control);
    case Type::stop_reply:
      return answer_stop(control);
    case Type::outgoing_call_reply:
      return answer_outgoing_call(control);
    case Type::incoming_call_request:
      return announce_incoming_call(control);
    case Type::incoming_call_connected:
      return connect_incoming_call(control);
    case Type::call_disconnect_notify:
      return end_call(control);
    case Type::wan_error_notify:
    case Type::set_link_info:
    case Type::echo_request:
    case Type::echo_reply:
      return Fits::yes;
    default:
      return Fits::no;
  }
}

// --- translation

Verdict write_id(const Control& control, std::size_t at, std::uint16_t id) {
  const std::array<char, 2> bytes{static_cast<char>(id >> 8), static_cast<char>(id & 0xff)};
  const bool done = mangle_tcp(control.step, control.packet.packet,
                               {.at = at, .size = bytes.size(), .text = {bytes.data(), 2}});
  return done ? Verdict::accept : Verdict::drop;
}

/// The public id of a call is the public port of the control connection.
Verdict show_request(const Control& control) {
  PptpTrack& track = control.track;
  track.private_pns_call_id = track.pns_call_id;
  if (control.step.holds(Clause::pptp_call_id_becomes_the_port)) {
    track.pns_call_id = control.packet.conn.of(Direction::reply).dst_id;
  }
  return write_id(control, pptp::call_id, track.pns_call_id);
}

/// nf_nat_pptp.c pptp_outbound_pkt.
Verdict translate_pns(const Control& control) {
  switch (control.message.type()) {
    case Type::outgoing_call_request:
      return show_request(control);
    case Type::incoming_call_reply:
      return write_id(control, pptp::call_id, control.track.pns_call_id);
    case Type::call_clear_request:
      if (!control.step.holds(Clause::pptp_clear_request_has_the_public_id)) return Verdict::accept;
      return write_id(control, pptp::only_call_id, control.track.pns_call_id);
    default:
      return Verdict::accept;
  }
}

Verdict write_private_id(const Control& control, std::size_t at, Clause clause) {
  if (!control.step.holds(clause)) return Verdict::accept;
  return write_id(control, at, control.track.private_pns_call_id);
}

/// nf_nat_pptp.c pptp_inbound_pkt.
Verdict translate_pac(const Control& control) {
  switch (control.message.type()) {
    case Type::outgoing_call_reply:
      return write_private_id(control, pptp::peers_call_id, Clause::pptp_answer_has_the_private_id);
    case Type::incoming_call_connected:
      return write_private_id(control, pptp::only_call_id,
                              Clause::pptp_translated_incoming_call_loses_its_id);
    case Type::call_disconnect_notify:
      return write_private_id(control, pptp::only_call_id,
                              Clause::pptp_disconnect_notify_loses_the_id_of_the_pac);
    case Type::wan_error_notify:
    case Type::set_link_info:
      return write_private_id(control, pptp::only_call_id, Clause::pptp_notice_has_the_private_id);
    default:
      return Verdict::accept;
  }
}

/// The kernel takes whoever opened the connection for the PNS.
bool from_pns(const Control& control) {
  const bool original = control.packet.direction() == Direction::original;
  return control.step.holds(Clause::pptp_client_is_the_pns) == original;
}

}  // namespace

Verdict help_pptp(const HelpedPacket& packet) {
  if (!packet.established()) return Verdict::accept;
  const std::string payload(packet.tcp_payload());
  const Message message{payload};
  if (!is_control(packet.step, message)) return Verdict::accept;
  const Control control{
      .step = packet.step, .packet = packet, .message = message, .track = packet.conn.help->pptp};
  const bool outbound = from_pns(control);
  const Fits fits = outbound ? follow_pns(control) : follow_pac(control);
  if (fits == Fits::no || !packet.mapped()) return Verdict::accept;
  return outbound ? translate_pns(control) : translate_pac(control);
}

}  // namespace natstep::model
