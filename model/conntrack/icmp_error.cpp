// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/icmp_error.h"

#include "model/clause_names.h"
#include "model/conntrack/track.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"

namespace natstep::model {
namespace {

constexpr std::uint8_t highest_known_type = 18;  // NR_ICMP_TYPES
constexpr std::size_t port_bytes = 4;
constexpr std::size_t quoted_bytes = 8;  // what RFC 792 asks routers to quote

IcmpErrorCheck invalid(std::string_view why) {
  return {.result = IcmpErrorResult::invalid, .why = why};
}

bool is_error(Step& step, std::uint8_t type) {
  if (!wire::icmpv4::is_error(type)) return false;
  if (type != wire::icmpv4::source_quench && type != wire::icmpv4::redirect) return true;
  return step.holds(Clause::icmp_source_quench_and_redirect_are_errors);
}

/// A later fragment has no ports where they would be looked for.
bool is_later_fragment(Step& step, const wire::Ipv4View& quoted) {
  return quoted.fragment_offset() != 0 && step.holds(Clause::icmp_quoted_later_fragment_is_invalid);
}

/// The other fields of the quoted header do not matter: a router on the way has counted the TTL
/// down, and many have quoted lengths and checksums that are wrong.
bool header_acceptable(Step& step, const wire::Ipv4View& quoted) {
  if (quoted.mf() && quoted.fragment_offset() == 0 &&
      !step.holds(Clause::icmp_quoted_first_fragment_is_matched)) {
    return false;
  }
  if (quoted.version() == 4 && quoted.checksum_valid()) return true;
  return step.holds(Clause::icmp_quoted_header_is_not_verified);
}

bool ports_acceptable(Step& step, const wire::Ipv4View& quoted) {
  const std::size_t l4 = quoted.rest().size();
  if (l4 < port_bytes || l4 >= quoted_bytes) return true;
  return step.holds(Clause::icmp_quoted_ports_suffice);
}

/// The extension headers of a quoted IPv6 packet are walked as those of any other.
std::optional<Tuple> quoted_ipv6_tuple(Step& step, wire::ByteView bytes) {
  const auto where = locate_l4(bytes, wire::AddressFamily::ipv6);
  if (!where) return std::nullopt;
  if (where->offset > wire::ipv6::size &&
      !step.holds(Clause::quoted_extension_headers_are_walked)) {
    return std::nullopt;
  }
  return tuple_of(step.profile(), bytes, wire::AddressFamily::ipv6, *where);
}

/// Of a PPTP call that was followed, both ids are known.
void add_key_of_call(Step& step, Tuple& tuple) {
  const auto key = step.conntrack().gre_keys().sender_key(tuple);
  if (key && step.holds(Clause::quoted_gre_has_the_keys_of_its_call)) tuple.src_id = *key;
}

/// nf_ct_get_tuplepr on the quoted packet, read as it stands.
std::optional<Tuple> quoted_tuple(Step& step, wire::ByteView bytes, wire::AddressFamily family) {
  if (family == wire::AddressFamily::ipv6) return quoted_ipv6_tuple(step, bytes);
  const auto quoted = wire::Ipv4View::parse(bytes);
  if (!quoted || is_later_fragment(step, *quoted)) return std::nullopt;
  if (!header_acceptable(step, *quoted) || !ports_acceptable(step, *quoted)) return std::nullopt;
  if (quoted->header_length() > bytes.size()) return std::nullopt;
  auto tuple = tuple_of(step.profile(), bytes, family,
                        {.offset = quoted->header_length(), .protocol = quoted->protocol()});
  if (tuple && tuple->protocol == protocol::gre) add_key_of_call(step, *tuple);
  return tuple;
}

bool outer_addresses_acceptable(Step& step, const Packet& packet, const Tuple& matched) {
  if (destination_of(packet.bytes) != matched.dst &&
      step.holds(Clause::icmp_error_outer_destination_must_match)) {
    return false;
  }
  if (source_of(packet.bytes) == matched.src) return true;
  return step.holds(Clause::icmp_error_from_any_router_is_related);
}

void attach(Step& step, Packet& packet, ConntrackTable::Hit hit) {
  Direction direction = hit.direction;
  if (!step.holds(Clause::icmp_error_takes_direction_of_matched_tuple)) direction = !direction;
  ConntrackTable::acquire(*hit.conn);
  packet.conn = hit.conn;
  packet.ctinfo = direction == Direction::original ? CtInfo::related : CtInfo::related_reply;
}

/// A related error leaves the entry alone: no timeout, no counter, no state.
void leave_entry_alone(Step& step, Packet& packet, Hook hook) {
  if (step.holds(Clause::icmp_error_does_not_touch_entry)) return;
  const TrackedPacket tracked{
      .l3 = packet.bytes, .l4 = packet.bytes, .ctinfo = packet.ctinfo, .hook = hook};
  refresh_acct(step, *packet.conn, tracked, packet.conn->timeout);
}

}  // namespace

IcmpErrorCheck relate_icmp_error(Step& step, Packet& packet, Hook hook, wire::ByteView quoted,
                                 Zone zone) {
  const auto tuple = quoted_tuple(step, quoted, packet.family());
  if (!tuple) return invalid("unreadable quoted packet");
  // What came back with the error went out the other way, so its inverse is what the entry lists.
  const auto inverse = invert(*tuple);
  if (!inverse) return invalid("quoted packet has no reply");
  const Zone looked_in = step.holds(Clause::error_is_related_within_its_zone) ? zone : Zone{};
  const auto hit = step.conntrack().find(*inverse, looked_in, step.now());
  if (hit.conn == nullptr) return invalid("quoted packet of no known flow");
  if (!step.holds(Clause::icmp_error_is_related_to_quoted_flow)) return invalid("icmp error");
  if (!outer_addresses_acceptable(step, packet, hit.conn->of(hit.direction))) {
    return invalid("outer destination differs from the quoted flow's");
  }
  if (packet.about_no_flow && !step.holds(Clause::own_error_about_no_flow_is_related))
    return invalid("about a packet without an entry");
  attach(step, packet, hit);
  leave_entry_alone(step, packet, hook);
  return {.result = IcmpErrorResult::related};
}

IcmpErrorCheck conntrack_icmp_error(Step& step, Packet& packet, Hook hook, std::size_t icmp_offset,
                                    Zone zone) {
  const auto icmp = wire::Icmpv4View::parse(wire::ByteView(packet.bytes).subspan(icmp_offset));
  if (!icmp) return invalid("short icmp header");
  if (verifies_checksum(step, hook)) {
    packet.checksum_verified = icmp->checksum_valid();
    if (!packet.checksum_verified && step.holds(Clause::icmp_bad_checksum_is_invalid))
      return invalid("bad checksum");
  }
  if (icmp->type() > highest_known_type) {
    if (step.holds(Clause::icmp_unknown_type_is_invalid)) return invalid("unknown icmp type");
    return relate_icmp_error(step, packet, hook, icmp->payload(), zone);
  }
  if (!is_error(step, icmp->type())) return {.result = IcmpErrorResult::not_an_error};
  return relate_icmp_error(step, packet, hook, icmp->payload(), zone);
}

}  // namespace natstep::model
