// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_proto_dccp.c of kernels before 6.17.
#include "model/conntrack/track_dccp.h"

#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/network_header.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/checksum.h"
#include "model/wire/dccp.h"

#include <algorithm>

namespace natstep::model {
namespace {

namespace dccp = wire::dccp;

constexpr Tracked invalid(std::string_view why) {
  return {.verdict = TrackVerdict::invalid, .why = why};
}

/// A header that is not all there; older kernels have no mercy with it.
Tracked cut_short(Step& step, std::string_view why) {
  const bool dropped = !step.profile().dccp_short_header_is_invalid;
  return {.verdict = dropped ? TrackVerdict::drop : TrackVerdict::invalid, .why = why};
}

/// The bytes that are summed: what is covered of the payload is counted from where the header
/// begins.
wire::ByteView covered(Step& step, const wire::DccpView& packet) {
  if (packet.coverage() == 0) return packet.bytes();
  if (!step.holds(Clause::dccp_coverage_is_counted_from_the_header)) return packet.covered();
  const std::size_t size = (packet.coverage() - std::size_t{1}) * 4;
  return packet.bytes().first(std::min(size, packet.bytes().size()));
}

bool checksum_valid(Step& step, const TrackedPacket& packet, const wire::DccpView& view) {
  const std::size_t length = step.holds(Clause::dccp_length_is_summed_as_a_byte)
                                 ? length_as_a_byte(packet.l3, packet.l4.size())
                                 : packet.l4.size();
  const std::uint32_t seed = pseudo_header_of(packet.l3, protocol::dccp, length);
  return wire::checksum_valid(covered(step, view), seed);
}

/// Only what data goes with may have short numbers.
bool needs_long_numbers(std::uint8_t type) {
  return type != dccp::data && type != dccp::ack && type != dccp::data_ack;
}

/// dccp_error: why the packet is refused, or nothing.
std::string_view refusal(Step& step, const TrackedPacket& packet, const wire::DccpView& view) {
  const std::size_t header = view.header_length();
  if ((header < dccp::size || header > packet.l4.size()) &&
      step.holds(Clause::dccp_header_length_is_checked)) {
    return "dccp header length";
  }
  if (view.coverage() != 0 && (view.coverage() - std::size_t{1}) * 4 > packet.l4.size() &&
      step.holds(Clause::dccp_coverage_beyond_the_packet_is_invalid)) {
    return "dccp coverage";
  }
  if (verifies_checksum(step, packet) && !checksum_valid(step, packet, view) &&
      step.holds(Clause::dccp_bad_checksum_is_invalid)) {
    return "bad checksum";
  }
  if (view.type() >= dccp::first_reserved && step.holds(Clause::dccp_reserved_type_is_invalid))
    return "reserved dccp type";
  if (needs_long_numbers(view.type()) && !view.extended() &&
      step.holds(Clause::dccp_long_numbers_are_needed)) {
    return "short dccp numbers";
  }
  return {};
}

/// How much of the header there must be. An acknowledgement is taken to have 48 bits even behind a
/// short sequence number, where it has 24.
std::size_t needed_size(Step& step, const wire::DccpView& packet) {
  std::size_t size = packet.fixed_size();
  if (dccp::has_word(packet.type())) size += dccp::word_size;
  if (!dccp::has_ack(packet.type())) return size;
  const bool as_long =
      packet.extended() || step.holds(Clause::dccp_short_acknowledgement_needs_room_for_a_long_one);
  return size + (as_long ? dccp::ack_size : dccp::word_size);
}

bool is_cut_short(Step& step, const wire::DccpView& packet) {
  return packet.bytes().size() < needed_size(step, packet) &&
         step.holds(Clause::dccp_header_of_its_type_is_needed);
}

/// dccp_new: nothing but a request gets an entry, whatever nf_conntrack_dccp_loose says.
bool opens(Step& step, DccpTrack& track, std::uint8_t type) {
  track = {.role = {DccpRole::client, DccpRole::server}};
  if (type == dccp::request) return true;
  const Clause clause = step.settings().dccp_loose ? Clause::dccp_loose_picks_up_nothing
                                                   : Clause::dccp_only_a_request_opens_an_entry;
  if (step.holds(clause)) return false;
  track.state = DccpState::open;
  return true;
}

/// A reset is all that came back, or all that followed: nothing more will come.
bool ends_unanswered_flow(Step& step, const Conn& conn, std::uint8_t type) {
  return type == dccp::reset && !conn.has(status::seen_reply) &&
         step.holds(Clause::dccp_reset_of_an_unanswered_request_removes_entry);
}

/// One packet that is judged.
struct Judged {
  Step& step;
  Conn& conn;
  const TrackedPacket& packet;
  wire::DccpView view;
  Direction direction;

  [[nodiscard]] DccpTrack& track() const { return *conn.dccp; }
  void take_roles(DccpRole own) const {
    const bool client = own == DccpRole::client;
    track().role[index(direction)] = own;
    track().role[index(!direction)] = client ? DccpRole::server : DccpRole::client;
  }
  void remember() const {
    track().last_direction = direction;
    track().last_type = view.type();
  }
  [[nodiscard]] bool has_ack() const {
    return view.bytes().size() >= view.fixed_size() + dccp::ack_size;
  }
};

bool answers_an_ignored_request(const Judged& at) {
  return at.track().last_direction == !at.direction && at.track().last_type == dccp::request &&
         at.view.type() == dccp::response &&
         at.step.holds(Clause::dccp_response_to_an_ignored_request_is_believed);
}

/// Only an ACK that names the response's number proves that the client got it.
bool proves_the_handshake(const Judged& at) {
  Step& step = at.step;
  if (at.view.type() != dccp::ack && step.holds(Clause::dccp_dataack_assures_nothing)) return false;
  if (!at.has_ack()) return false;
  const bool right = at.view.ack() == at.track().handshake_seq ||
                     !step.holds(Clause::dccp_other_number_assures_nothing);
  return right && step.holds(Clause::dccp_acknowledged_response_assures);
}

/// What follows from the state that the packet leads to.
void enter(const Judged& at, DccpState state) {
  DccpTrack& track = at.track();
  const DccpState before = track.state;
  const bool server = track.role[index(at.direction)] == DccpRole::server;
  if (state == DccpState::request && before == DccpState::timewait && server &&
      at.step.holds(Clause::dccp_server_that_reopens_is_the_client)) {
    at.take_roles(DccpRole::client);
  }
  if (state == DccpState::respond &&
      (before == DccpState::request ||
       !at.step.holds(Clause::dccp_repeated_response_keeps_the_number))) {
    track.handshake_seq = at.view.seq();
  }
  if (state == DccpState::partopen && before == DccpState::respond && proves_the_handshake(at))
    at.conn.status |= status::assured;
  at.remember();
  track.state = state;
}

void resync(const Judged& at) {
  at.take_roles(DccpRole::server);
  at.track().handshake_seq = at.view.seq();
  at.remember();
  at.track().state = DccpState::respond;
}

std::uint32_t timeout_of(const Settings::Timeouts& timeout, DccpState state) {
  switch (state) {
    case DccpState::none:
    case DccpState::request:
      return timeout.dccp_request;
    case DccpState::respond:
      return timeout.dccp_respond;
    case DccpState::partopen:
      return timeout.dccp_partopen;
    case DccpState::open:
      return timeout.dccp_open;
    case DccpState::closereq:
      return timeout.dccp_closereq;
    case DccpState::closing:
      return timeout.dccp_closing;
    case DccpState::timewait:
      return timeout.dccp_timewait;
  }
  return timeout.dccp_request;
}

/// Neither counted nor a reason to live longer.
Tracked let_through(const Judged& at) {
  at.remember();
  if (!at.step.holds(Clause::dccp_ignored_packet_is_not_counted))
    refresh_acct(at.step, at.conn, at.packet, at.conn.timeout);
  return {.why = "ignored"};
}

Tracked accept(const Judged& at) {
  const Settings::Timeouts& timeout = at.step.settings().timeout;
  const bool own = at.step.holds(Clause::dccp_state_has_its_timeout);
  refresh_acct(at.step, at.conn, at.packet,
               own ? timeout_of(timeout, at.track().state) : timeout.dccp_open + 1);
  return {};
}

Tracked judge(const Judged& at) {
  const DccpRole role = at.track().role[index(at.direction)];
  const DccpJudgement judged = dccp_judge(at.step, role, at.view.type(), at.track().state);
  switch (judged.kind) {
    case DccpJudgement::Kind::moves:
      enter(at, judged.to);
      break;
    case DccpJudgement::Kind::ignored:
      if (!answers_an_ignored_request(at)) return let_through(at);
      resync(at);
      break;
    case DccpJudgement::Kind::invalid:
      return invalid("dccp packet out of place");
  }
  return accept(at);
}

}  // namespace

bool has_dccp_tracker(Step& step, const Tuple& tuple) {
  return tuple.protocol == protocol::dccp && step.profile().dccp_conntrack;
}

Tracked track_dccp(Step& step, Conn& conn, const TrackedPacket& packet) {
  const auto view = wire::DccpView::parse(packet.l4);
  if (!view) {
    if (!step.holds(Clause::dccp_short_header_is_refused)) return track_generic(step, conn, packet);
    return cut_short(step, "short dccp header");
  }
  if (const auto why = refusal(step, packet, *view); !why.empty()) return invalid(why);
  if (is_cut_short(step, *view)) return cut_short(step, "short dccp header of its type");
  if (!conn.has(status::confirmed) && !opens(step, *conn.dccp, view->type()))
    return invalid("no beginning of a dccp connection");
  if (ends_unanswered_flow(step, conn, view->type())) {
    count(step, conn, packet);
    step.conntrack().remove(conn);
    return {.why = "entry removed"};
  }
  return judge({.step = step,
                .conn = conn,
                .packet = packet,
                .view = *view,
                .direction = direction_of(packet.ctinfo)});
}

}  // namespace natstep::model
