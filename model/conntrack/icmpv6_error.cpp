// SPDX-License-Identifier: GPL-2.0-or-later
// ICMPv6 as conntrack sees it before an entry is looked up: what is never tracked, and errors.
// Source: net/netfilter/nf_conntrack_proto_icmpv6.c, nf_conntrack_icmpv6_error and
// nf_conntrack_icmpv6_redirect.
#include "model/clause_names.h"
#include "model/conntrack/icmp_error.h"
#include "model/conntrack/track.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/icmpv6.h"

namespace natstep::model {
namespace {

namespace icmpv6 = wire::icmpv6;

constexpr std::uint8_t hop_limit_of_neighbours = 255;  // RFC 4861 section 8.1
constexpr std::size_t redirect_size = 40;              // RFC 4861 section 4.5
constexpr std::size_t option_header_size = 2;
constexpr std::size_t redirected_header_size = 8;  // RFC 4861 section 4.6.3
constexpr std::uint8_t redirected_header = 4;

IcmpErrorCheck invalid(std::string_view why) {
  return {.result = IcmpErrorResult::invalid, .why = why};
}

bool is_neighbour_discovery(std::uint8_t type) {
  return type >= icmpv6::router_solicitation && type <= icmpv6::neighbour_advertisement;
}

bool is_listener_discovery(std::uint8_t type) {
  return (type >= icmpv6::listener_query && type <= icmpv6::listener_done) ||
         type == icmpv6::listener_report_v2;
}

bool is_router_discovery(const Profile& profile, std::uint8_t type) {
  return profile.multicast_router_discovery_untracked &&
         (type == icmpv6::multicast_router_advertisement ||
          type == icmpv6::multicast_router_solicitation);
}

/// What hosts and routers of one link say to each other belongs to no flow.
bool is_never_tracked(Step& step, std::uint8_t type) {
  if (is_neighbour_discovery(type)) return step.holds(Clause::neighbour_discovery_is_untracked);
  if (is_listener_discovery(type)) return step.holds(Clause::listener_discovery_is_untracked);
  return is_router_discovery(step.profile(), type) &&
         step.holds(Clause::multicast_router_discovery_is_untracked);
}

bool is_link_local(const wire::Address& address) {
  return address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0x80;
}

/// RFC 4861 section 8.1: a redirect is believed when it can only come from the link.
bool comes_from_the_link(Step& step, const Packet& packet) {
  const wire::Ipv6View header(packet.bytes);
  const bool from_link =
      header.hop_limit() == hop_limit_of_neighbours && is_link_local(header.src_address());
  return from_link || !step.holds(Clause::redirect_from_afar_is_invalid);
}

/// The first option is the one that counts. It quotes the packet that was redirected.
IcmpErrorCheck check_redirect(Step& step, Packet& packet, Hook hook, wire::ByteView message,
                              Zone zone) {
  if (message.size() < redirect_size) return invalid("short redirect");
  if (message[icmpv6::code] != 0) return {.result = IcmpErrorResult::not_an_error};
  if (!comes_from_the_link(step, packet)) return invalid("redirect from afar");
  const wire::ByteView options = message.subspan(redirect_size);
  if (options.size() < option_header_size || options[1] == 0) {
    return invalid("redirect without options");
  }
  if (options[0] != redirected_header) return {.result = IcmpErrorResult::not_an_error};
  if (!step.holds(Clause::redirect_is_related_to_the_quoted_flow)) return invalid("redirect");
  const std::size_t quoted = std::min(redirected_header_size, options.size());
  return relate_icmp_error(step, packet, hook, options.subspan(quoted), zone);
}

bool checksum_refused(Step& step, Packet& packet, Hook hook, wire::ByteView message) {
  if (!verifies_checksum(step, hook)) return false;
  packet.checksum_verified = l4_checksum_valid(packet.bytes, message, protocol::icmpv6);
  if (packet.checksum_verified) return false;
  return step.holds(Clause::icmpv6_bad_checksum_is_invalid);
}

}  // namespace

IcmpErrorCheck conntrack_icmpv6_error(Step& step, Packet& packet, Hook hook, L4Location where,
                                      Zone zone) {
  const wire::ByteView message = l4_of(packet.bytes, where);
  const auto icmp = wire::Icmpv6View::parse(message);
  if (!icmp) return invalid("short icmpv6 header");
  if (checksum_refused(step, packet, hook, message)) return invalid("bad checksum");
  if (is_never_tracked(step, icmp->type())) {
    packet.untracked = true;
    packet.ctinfo = CtInfo::untracked;
    return {.result = IcmpErrorResult::untracked};
  }
  if (icmp->type() == icmpv6::redirect) return check_redirect(step, packet, hook, message, zone);
  if (!icmpv6::is_error(icmp->type())) return {.result = IcmpErrorResult::not_an_error};
  if (icmp->type() > icmpv6::parameter_problem || icmp->type() == 0) {
    if (!step.holds(Clause::unassigned_icmpv6_error_is_an_error)) return invalid("unknown type");
  }
  return relate_icmp_error(step, packet, hook, icmp->payload(), zone);
}

}  // namespace natstep::model
