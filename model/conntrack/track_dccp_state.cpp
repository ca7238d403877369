// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_proto_dccp.c, dccp_state_table.
#include "model/clause_names.h"
#include "model/conntrack/track_dccp.h"
#include "model/packet.h"
#include "model/wire/dccp.h"

namespace natstep::model {
namespace {

namespace dccp = wire::dccp;
using State = DccpState;
using Judgement = DccpJudgement;

constexpr Judgement ignored{.kind = Judgement::Kind::ignored};
constexpr Judgement invalid{.kind = Judgement::Kind::invalid};

constexpr Judgement to(State state) {
  return {.kind = Judgement::Kind::moves, .to = state};
}

/// Where a side that is set up may be: behind the handshake and before the end.
constexpr bool is_up(State state) {
  return state == State::partopen || state == State::open || state == State::closereq ||
         state == State::closing;
}

Judgement unexpected(Step& step) {
  return step.holds(Clause::dccp_unexpected_packet_is_invalid) ? invalid : ignored;
}

Judgement keep(Step& step, State state) {
  return step.holds(Clause::dccp_data_keeps_the_state) ? to(state) : to(State::closing);
}

Judgement close(Step& step) {
  return step.holds(Clause::dccp_close_leads_to_closing) ? to(State::closing) : ignored;
}

Judgement reset(Step& step, DccpRole role, State state) {
  if (state == State::none) return unexpected(step);
  if (state != State::timewait)
    return step.holds(Clause::dccp_reset_leads_to_timewait) ? to(State::timewait) : to(state);
  const bool refreshes =
      role == DccpRole::server && step.holds(Clause::dccp_repeated_reset_of_a_server_refreshes);
  if (refreshes || !step.holds(Clause::dccp_repeated_reset_is_ignored)) return to(state);
  return ignored;
}

Judgement sync(Step& step, State state) {
  if (state == State::none) return unexpected(step);
  return step.holds(Clause::dccp_sync_is_ignored) ? ignored : invalid;
}

// --- what the client sends

Judgement clients_request(Step& step, State state) {
  switch (state) {
    case State::none:
      return step.holds(Clause::dccp_request_opens) ? to(State::request) : to(State::none);
    case State::request:
    case State::respond:
      return step.holds(Clause::dccp_repeated_request_keeps_the_state) ? to(state) : ignored;
    case State::timewait:
      return step.holds(Clause::dccp_client_reopens_a_closed_connection) ? to(State::request)
                                                                         : ignored;
    default:
      return step.holds(Clause::dccp_request_out_of_step_is_ignored) ? ignored : to(State::request);
  }
}

Judgement clients_response(Step& step, State state) {
  if (state == State::none || state == State::timewait) return unexpected(step);
  return step.holds(Clause::dccp_clients_response_is_ignored) ? ignored : to(State::respond);
}

/// A client that awaits the first packet behind its handshake must go on acknowledging.
Judgement clients_data(Step& step, std::uint8_t type, State state) {
  const bool acknowledges = type != dccp::data;
  if (state == State::respond && acknowledges)
    return step.holds(Clause::dccp_acknowledgement_opens_in_part) ? to(State::partopen) : to(state);
  if (state == State::partopen && !acknowledges)
    return step.holds(Clause::dccp_data_in_partopen_is_invalid) ? invalid : to(state);
  return is_up(state) ? keep(step, state) : unexpected(step);
}

Judgement clients_close(Step& step, State state) {
  if (state == State::closing)
    return step.holds(Clause::dccp_repeated_close_of_a_client_is_invalid) ? invalid : to(state);
  return is_up(state) ? close(step) : unexpected(step);
}

Judgement client(Step& step, std::uint8_t type, State state) {
  switch (type) {
    case dccp::request:
      return clients_request(step, state);
    case dccp::response:
      return clients_response(step, state);
    case dccp::data:
    case dccp::ack:
    case dccp::data_ack:
      return clients_data(step, type, state);
    case dccp::close_request:
      return step.holds(Clause::dccp_only_servers_request_a_close) ? invalid : to(State::closereq);
    case dccp::close:
      return clients_close(step, state);
    case dccp::reset:
      return reset(step, DccpRole::client, state);
    default:
      return sync(step, state);
  }
}

// --- what the server sends

Judgement servers_request(Step& step, State state) {
  if (state == State::none) return unexpected(step);
  if (state == State::timewait)
    return step.holds(Clause::dccp_server_reopens_a_closed_connection) ? to(State::request)
                                                                       : ignored;
  return step.holds(Clause::dccp_servers_request_is_ignored) ? ignored : to(State::request);
}

Judgement servers_response(Step& step, State state) {
  if (state == State::none || state == State::timewait) return unexpected(step);
  if (is_up(state))
    return step.holds(Clause::dccp_late_response_is_ignored) ? ignored : to(State::respond);
  return step.holds(Clause::dccp_response_answers_the_request) ? to(State::respond) : to(state);
}

/// A server that has asked for the end has nothing more to say.
Judgement while_closereq(Step& step, Judgement otherwise) {
  return step.holds(Clause::dccp_server_awaits_the_close) ? invalid : otherwise;
}

Judgement servers_data(Step& step, State state) {
  if (state == State::partopen)
    return step.holds(Clause::dccp_servers_packet_opens) ? to(State::open) : to(state);
  if (state == State::closereq) return while_closereq(step, to(state));
  return is_up(state) ? keep(step, state) : unexpected(step);
}

Judgement server(Step& step, std::uint8_t type, State state) {
  switch (type) {
    case dccp::request:
      return servers_request(step, state);
    case dccp::response:
      return servers_response(step, state);
    case dccp::data:
    case dccp::ack:
    case dccp::data_ack:
      return servers_data(step, state);
    case dccp::close_request:
      if (!is_up(state)) return unexpected(step);
      return step.holds(Clause::dccp_closereq_awaits_a_close) ? to(State::closereq) : to(state);
    case dccp::close:
      if (state == State::closereq) return while_closereq(step, to(State::closing));
      return is_up(state) ? close(step) : unexpected(step);
    case dccp::reset:
      return reset(step, DccpRole::server, state);
    default:
      return sync(step, state);
  }
}

}  // namespace

DccpJudgement dccp_judge(Step& step, DccpRole role, std::uint8_t type, DccpState state) {
  return role == DccpRole::client ? client(step, type, state) : server(step, type, state);
}

}  // namespace natstep::model
