// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_proto_sctp.c, sctp_new_state.
#include "model/clause_names.h"
#include "model/conntrack/track_sctp.h"
#include "model/packet.h"
#include "model/wire/sctp.h"

namespace natstep::model {
namespace {

namespace chunk = wire::sctp;
using State = SctpState;

/// A transition and the clause that claims it.
struct Transition {
  State to{};
  Clause clause{};
};
using Found = std::optional<Transition>;

bool drives_the_machine(std::uint8_t type) {
  return type >= chunk::init && type <= chunk::shutdown_complete && type != chunk::sack &&
         type != chunk::ecne && type != chunk::cwr;
}

/// The first packet of a flow.
Found from_none(std::uint8_t type) {
  if (type == chunk::shutdown_ack) {
    return Transition{State::shutdown_ack_sent, Clause::sctp_stray_shutdown_ack_awaits_completion};
  }
  if (type == chunk::heartbeat) {
    return Transition{State::heartbeat_sent, Clause::sctp_heartbeat_opens_a_path};
  }
  return Transition{State::closed, Clause::sctp_first_chunk_opens_closed_entry};
}

/// A further path of an association, known by its heartbeat only.
Found from_heartbeat_sent(Direction direction, std::uint8_t type) {
  const bool reply = direction == Direction::reply;
  if (type == chunk::heartbeat) return std::nullopt;
  if (type == chunk::heartbeat_ack) {
    if (!reply) return std::nullopt;
    return Transition{State::established, Clause::sctp_heartbeat_ack_establishes_path};
  }
  if (type == chunk::init) {
    return Transition{State::cookie_wait, Clause::sctp_init_after_heartbeat_awaits_cookie};
  }
  if (type == chunk::shutdown_ack) {
    return Transition{State::shutdown_ack_sent, Clause::sctp_other_chunk_ends_heartbeat};
  }
  return Transition{State::closed, Clause::sctp_other_chunk_ends_heartbeat};
}

/// Setting up: INIT, INIT_ACK, COOKIE_ECHO, COOKIE_ACK.
Found set_up(State from, Direction direction, std::uint8_t type) {
  const bool reply = direction == Direction::reply;
  const bool shutting = from == State::shutdown_sent || from == State::shutdown_recd;
  if (type == chunk::init && !reply && shutting) {
    return Transition{State::closed, Clause::sctp_init_restarts_a_shutdown};
  }
  if (type == chunk::init_ack && reply && from == State::closed) {
    return Transition{State::cookie_wait, Clause::sctp_init_ack_awaits_cookie};
  }
  if (type == chunk::cookie_echo && from == State::cookie_wait) {
    return Transition{State::cookie_echoed, Clause::sctp_cookie_is_echoed};
  }
  if (type == chunk::cookie_ack && from == State::cookie_echoed) {
    return Transition{State::established, Clause::sctp_cookie_ack_establishes};
  }
  if (type == chunk::error && reply && from == State::cookie_echoed) {
    return Transition{State::closed, Clause::sctp_error_refuses_cookie};
  }
  return std::nullopt;
}

/// Taking down: SHUTDOWN, SHUTDOWN_ACK, SHUTDOWN_COMPLETE, ABORT.
Found take_down(State from, Direction direction, std::uint8_t type) {
  const bool reply = direction == Direction::reply;
  const bool shutting = from == State::shutdown_sent || from == State::shutdown_recd;
  if (type == chunk::abort && from != State::closed) {
    return Transition{State::closed, Clause::sctp_abort_closes};
  }
  if (type == chunk::shutdown && from == State::established) {
    return Transition{reply ? State::shutdown_recd : State::shutdown_sent,
                      Clause::sctp_shutdown_is_noted_with_its_side};
  }
  if (type == chunk::shutdown_ack && shutting) {
    return Transition{State::shutdown_ack_sent, Clause::sctp_shutdown_is_acknowledged};
  }
  if (type == chunk::shutdown_complete && from == State::shutdown_ack_sent) {
    return Transition{State::closed, Clause::sctp_shutdown_completes};
  }
  return std::nullopt;
}

Found transition(State from, Direction direction, std::uint8_t type) {
  if (!drives_the_machine(type)) return std::nullopt;
  if (from == State::none) return from_none(type);
  if (from == State::heartbeat_sent) return from_heartbeat_sent(direction, type);
  if (const Found found = set_up(from, direction, type)) return found;
  return take_down(from, direction, type);
}

/// Only a heartbeat answers a heartbeat.
bool refused(State from, Direction direction, std::uint8_t type) {
  if (direction == Direction::original || !drives_the_machine(type)) return false;
  if (from == State::none) return true;
  return from == State::heartbeat_sent && type != chunk::heartbeat && type != chunk::heartbeat_ack;
}

}  // namespace

std::optional<SctpState> sctp_next_state(Step& step, SctpState state, Direction direction,
                                         std::uint8_t type) {
  if (refused(state, direction, type)) {
    if (step.holds(Clause::sctp_only_heartbeats_answer_heartbeats)) return std::nullopt;
    return state;
  }
  if (const Found found = transition(state, direction, type)) {
    return step.holds(found->clause) ? found->to : state;
  }
  if (step.holds(Clause::sctp_other_chunks_keep_the_state)) return state;
  return state == SctpState::closed ? SctpState::established : SctpState::closed;
}

}  // namespace natstep::model
