// SPDX-License-Identifier: GPL-2.0-or-later
// Source: net/netfilter/nf_conntrack_proto_sctp.c.
#include "model/conntrack/track_sctp.h"

#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/packet.h"
#include "model/wire/sctp.h"

#include <bitset>

namespace natstep::model {
namespace {

namespace chunk = wire::sctp;
using Types = std::bitset<256>;

constexpr Tracked invalid(std::string_view why) {
  return {.verdict = TrackVerdict::invalid, .why = why};
}

bool must_be_alone(std::uint8_t type) {
  return type == chunk::init || type == chunk::init_ack || type == chunk::shutdown_complete;
}

bool must_be_first(std::uint8_t type) {
  return type == chunk::cookie_ack || type == chunk::cookie_echo;
}

/// do_basic_checks: the types of the packet's chunks, or why it is refused.
std::string_view read_types(Step& step, const wire::SctpView& packet, Types& types) {
  wire::SctpChunkReader reader(packet.chunks());
  bool alone = false;
  std::size_t count = 0;
  for (; const auto next = reader.next(); ++count) {
    if (next->length == 0) return "chunk without length";
    alone = alone || must_be_alone(next->type);
    if (count != 0 && alone && step.holds(Clause::sctp_init_stands_alone)) return "not alone";
    if (count != 0 && must_be_first(next->type) && step.holds(Clause::sctp_cookie_comes_first)) {
      return "cookie not first";
    }
    types.set(next->type);
  }
  if (count == 0 && step.holds(Clause::sctp_without_chunks_is_invalid)) return "no chunks";
  return {};
}

/// sctp_new: what the chunks of a first packet must be, and the tags that they bring.
std::string_view open(Step& step, Conn& conn, const wire::SctpView& packet, const Types& types) {
  const bool stray =
      types[chunk::abort] || types[chunk::shutdown_complete] || types[chunk::cookie_ack];
  if (stray && step.holds(Clause::sctp_end_of_nothing_is_invalid)) return "end of nothing";
  conn.sctp = {};
  wire::SctpChunkReader reader(packet.chunks());
  while (const auto next = reader.next()) {
    const auto state = sctp_next_state(step, SctpState::none, Direction::original, next->type);
    if ((!state || *state == SctpState::none) && step.holds(Clause::sctp_data_opens_no_entry)) {
      return "opens nothing";
    }
    auto& vtag = conn.sctp.vtag;
    if (next->type == chunk::init) {
      if (packet.vtag() != 0 && step.holds(Clause::sctp_init_has_no_tag)) return "init with a tag";
      if (!next->initiate_tag()) return "short init";
      vtag[index(Direction::reply)] = *next->initiate_tag();
    } else if (next->type == chunk::heartbeat) {
      vtag[index(Direction::original)] = packet.vtag();
    } else if (next->type == chunk::shutdown_ack) {
      vtag[index(Direction::reply)] = packet.vtag();
    }
  }
  return {};
}

/// Chunks whose tag has rules of its own.
bool tag_is_special(const Types& types) {
  for (const auto type : {chunk::init, chunk::abort, chunk::shutdown_ack, chunk::shutdown_complete,
                          chunk::cookie_echo, chunk::heartbeat, chunk::heartbeat_ack}) {
    if (types[type]) return true;
  }
  return false;
}

/// One packet on its way through the chunks.
struct Passing {
  Step& step;
  Conn& conn;
  wire::SctpView packet;
  Direction direction;
  const Types& types;
  bool ignore = false;  // accepted, but neither counted nor a reason to live longer

  [[nodiscard]] SctpTrack& track() const { return conn.sctp; }
  [[nodiscard]] std::uint32_t& own_tag() const { return conn.sctp.vtag[index(direction)]; }
  [[nodiscard]] std::uint32_t& peer_tag() const { return conn.sctp.vtag[index(!direction)]; }
  [[nodiscard]] bool& own_init() const { return conn.sctp.init[index(direction)]; }
  [[nodiscard]] bool& peer_init() const { return conn.sctp.init[index(!direction)]; }
};

enum class Chunk : std::uint8_t { good, skipped, refused };

bool tag_of_either_side(const Passing& at, const wire::SctpChunk& next) {
  const bool reflected = (next.flags & chunk::reflected_tag) != 0 &&
                         at.step.holds(Clause::sctp_reflected_tag_is_the_peers);
  return at.packet.vtag() == (reflected ? at.peer_tag() : at.own_tag());
}

/// A heartbeat may come from a peer that has restarted: one wrong tag is let through, and the
/// answer from the other side decides.
Chunk heartbeat(Passing& at) {
  if (at.own_tag() == 0 && at.step.holds(Clause::sctp_heartbeat_brings_a_tag)) {
    at.own_tag() = at.packet.vtag();
  } else if (at.packet.vtag() != at.own_tag()) {
    if (at.types[chunk::data] || at.ignore) return Chunk::refused;
    if (!at.step.holds(Clause::sctp_heartbeat_with_a_new_tag_is_tolerated)) return Chunk::refused;
    at.track().heartbeat_tag_failed = true;
    at.track().last_direction = at.direction;
    at.ignore = true;
    return Chunk::skipped;
  } else {
    at.track().heartbeat_tag_failed = false;
  }
  return Chunk::good;
}

Chunk heartbeat_ack(Passing& at) {
  SctpTrack& track = at.track();
  if (at.own_tag() == 0 && at.step.holds(Clause::sctp_heartbeat_brings_a_tag)) {
    at.own_tag() = at.packet.vtag();
  } else if (at.packet.vtag() != at.own_tag()) {
    if (at.types[chunk::data] || at.ignore) return Chunk::refused;
    if (!track.heartbeat_tag_failed || track.last_direction == at.direction) {
      return Chunk::refused;
    }
    if (!at.step.holds(Clause::sctp_heartbeat_ack_confirms_a_new_tag)) return Chunk::refused;
    track.heartbeat_tag_failed = false;
    at.own_tag() = at.packet.vtag();
    at.peer_tag() = 0;
  } else {
    track.heartbeat_tag_failed = false;
  }
  return Chunk::good;
}

/// RFC 9260 section 8.5.1: exceptions in verification tag rules.
Chunk verify(Passing& at, const wire::SctpChunk& next) {
  const auto judged = [](bool good) { return good ? Chunk::good : Chunk::refused; };
  switch (next.type) {
    case chunk::init:
      return judged(at.packet.vtag() == 0 || !at.step.holds(Clause::sctp_init_has_no_tag));
    case chunk::abort:
    case chunk::shutdown_complete:
      return judged(tag_of_either_side(at, next) ||
                    !at.step.holds(Clause::sctp_end_needs_a_right_tag));
    case chunk::cookie_echo:
      return judged(at.packet.vtag() == at.own_tag() ||
                    !at.step.holds(Clause::sctp_cookie_echo_needs_its_tag));
    case chunk::cookie_ack:
      at.track().init = {};
      return Chunk::good;
    case chunk::heartbeat:
      return heartbeat(at);
    case chunk::heartbeat_ack:
      return heartbeat_ack(at);
    default:
      return Chunk::good;
  }
}

/// An INIT names the tag of the packets that answer it.
bool note_init(Passing& at, SctpState before, SctpState after, const wire::SctpChunk& next) {
  const auto tag = next.initiate_tag();
  if (!tag) return false;
  if (before == SctpState::none || at.peer_tag() != *tag) {
    if (at.own_init()) at.peer_init() = false;
    at.own_init() = true;
  }
  if (at.step.holds(Clause::sctp_init_names_the_peers_tag)) at.peer_tag() = *tag;
  const bool repeated = before == SctpState::closed && after == SctpState::closed;
  if (repeated && at.conn.has(status::confirmed)) {
    at.ignore = at.step.holds(Clause::sctp_repeated_init_does_not_refresh);
  }
  return true;
}

bool note_init_ack(Passing& at, const wire::SctpChunk& next) {
  const auto tag = next.initiate_tag();
  if (!tag) return false;
  const std::uint32_t known = at.peer_tag();
  const bool answers_nothing = !at.peer_init() && known != 0;
  const bool collision = at.own_init() && at.peer_init();
  if ((answers_nothing || collision) && known != *tag &&
      at.step.holds(Clause::sctp_init_ack_may_not_change_a_tag)) {
    return false;
  }
  at.peer_tag() = *tag;
  return true;
}

/// What one chunk does to the entry.
Chunk advance(Passing& at, const wire::SctpChunk& next) {
  const Chunk judged = verify(at, next);
  if (judged != Chunk::good) return judged;
  const SctpState before = at.track().state;
  const auto after = sctp_next_state(at.step, before, at.direction, next.type);
  if (!after) return Chunk::refused;
  if (next.type == chunk::init && !note_init(at, before, *after, next)) return Chunk::refused;
  if (next.type == chunk::init_ack && !note_init_ack(at, next)) return Chunk::refused;
  at.track().state = *after;
  if (before != *after && *after == SctpState::established &&
      at.step.holds(Clause::sctp_established_association_is_assured)) {
    at.conn.status |= status::assured;
  }
  return Chunk::good;
}

std::uint32_t timeout_of(const Settings::Timeouts& timeout, SctpState state) {
  switch (state) {
    case SctpState::none:
    case SctpState::closed:
      return timeout.sctp_closed;
    case SctpState::cookie_wait:
      return timeout.sctp_cookie_wait;
    case SctpState::cookie_echoed:
      return timeout.sctp_cookie_echoed;
    case SctpState::established:
      return timeout.sctp_established;
    case SctpState::shutdown_sent:
      return timeout.sctp_shutdown_sent;
    case SctpState::shutdown_recd:
      return timeout.sctp_shutdown_recd;
    case SctpState::shutdown_ack_sent:
      return timeout.sctp_shutdown_ack_sent;
    case SctpState::heartbeat_sent:
      return timeout.sctp_heartbeat_sent;
  }
  return timeout.sctp_closed;
}

/// The rules that hold before any chunk is believed.
std::string_view refusal(Step& step, Conn& conn, const TrackedPacket& packet, Types& types) {
  const auto view = wire::SctpView::parse(packet.l4);
  if (!view) return "short sctp header";
  if (verifies_checksum(step, packet.hook) && !view->checksum_valid() &&
      step.holds(Clause::sctp_bad_checksum_is_invalid)) {
    return "bad checksum";
  }
  if (const auto why = read_types(step, *view, types); !why.empty()) return why;
  if (!conn.has(status::confirmed)) {
    if (const auto why = open(step, conn, *view, types); !why.empty()) return why;
  }
  const std::uint32_t tag = conn.sctp.vtag[index(direction_of(packet.ctinfo))];
  if (!tag_is_special(types) && view->vtag() != tag &&
      step.holds(Clause::sctp_wrong_tag_is_invalid)) {
    return "verification tag";
  }
  return {};
}

}  // namespace

Tracked track_sctp(Step& step, Conn& conn, const TrackedPacket& packet) {
  Types types;
  if (const auto why = refusal(step, conn, packet, types); !why.empty()) return invalid(why);
  Passing at{.step = step,
             .conn = conn,
             .packet = wire::SctpView(packet.l4),
             .direction = direction_of(packet.ctinfo),
             .types = types};
  wire::SctpChunkReader reader(at.packet.chunks());
  while (const auto next = reader.next()) {
    if (advance(at, *next) == Chunk::refused) return invalid("chunk out of place");
  }
  if (at.ignore) return {.why = "not believed"};
  const Settings::Timeouts& timeout = step.settings().timeout;
  const bool own = step.holds(Clause::sctp_state_has_its_timeout);
  refresh_acct(step, conn, packet,
               own ? timeout_of(timeout, conn.sctp.state) : timeout.sctp_established + 1);
  return {};
}

}  // namespace natstep::model
