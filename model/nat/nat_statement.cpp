// SPDX-License-Identifier: GPL-2.0-or-later
// NAT statements of rules: the range that each of them means for the packet at hand.
// Sources: net/netfilter/{nf_nat_masquerade,nf_nat_redirect,xt_NETMAP,xt_nat}.c.
#include "model/clause_names.h"
#include "model/nat/nat.h"
#include "model/packet.h"
#include "model/router/ipv6_route.h"
#include "model/router/route.h"
#include "model/wire/ipv4.h"

#include <optional>

namespace natstep::model {
namespace {

NatRange at_address(const NatRange& wanted, const wire::Address& address) {
  NatRange range = wanted;
  range.min_address = range.max_address = address;
  return range;
}

/// nf_nat_masquerade_ipv6: the source that the box itself would use from that port (RFC 6724).
std::optional<wire::Address> masquerade_ipv6_address(Step& step, const Packet& packet) {
  return select_source_ipv6(step, destination_of(packet.bytes), packet.out);
}

/// nf_nat_masquerade_ipv4: the address of the port that the packet leaves by, as seen from the next
/// hop.
std::optional<wire::Address> masquerade_ipv4_address(Step& step, const Packet& packet) {
  const wire::Address destination = destination_of(packet.bytes);
  const RouteDecision route = route_output(step, destination);
  return masquerade_address(step, packet.out, route.gateway.value_or(destination));
}

/// What sends before it has an address, as a client of DHCP does.
bool began_without_an_address(const Conn& conn) {
  return conn.of(Direction::original).src == wire::Address::ipv4(0);
}

Verdict masquerade(Step& step, Packet& packet, const NatRange& range) {
  if (began_without_an_address(*packet.conn) &&
      step.holds(Clause::packet_without_an_address_is_not_masqueraded)) {
    return Verdict::accept;
  }
  const auto address = packet.is_ipv6() ? masquerade_ipv6_address(step, packet)
                                        : masquerade_ipv4_address(step, packet);
  if (!address) return Verdict::drop;
  packet.conn->masquerade_port = packet.out;
  return setup_info(step, *packet.conn, at_address(range, *address), ManipType::src);
}

std::optional<wire::Address> redirect_target(Step& step, const Packet& packet, Hook hook) {
  if (hook == Hook::local_out && step.holds(Clause::redirect_at_output_goes_to_loopback)) {
    return packet.is_ipv6() ? ipv6_address::loopback() : wire::Address::ipv4(0x7f000001);
  }
  const PortId port = hook == Hook::local_out ? packet.out : packet.in;
  if (!packet.is_ipv6()) return redirect_address(step, port);
  return redirect_address_ipv6(step, port, destination_of(packet.bytes));
}

/// nf_nat_redirect_ipv4 and nf_nat_redirect_ipv6: to the box itself, by the first address of the
/// port that the packet came in on.
Verdict redirect(Step& step, Packet& packet, Hook hook, const NatRange& range) {
  const auto address = redirect_target(step, packet, hook);
  if (!address) return Verdict::drop;
  return setup_info(step, *packet.conn, at_address(range, *address), ManipType::dst);
}

/// netmap: the network part from the range, the host part from the packet.
Verdict netmap(Step& step, Packet& packet, Hook hook, const NatRange& range) {
  const ManipType type = manip_of(hook);
  const wire::Address old =
      type == ManipType::src ? source_of(packet.bytes) : destination_of(packet.bytes);
  const bool keeps_host = step.holds(Clause::netmap_keeps_host_part);
  wire::Address mapped = *range.min_address;
  for (std::size_t i = 0; i < mapped.size(); ++i) {
    const auto host = static_cast<std::uint8_t>(mapped.bytes[i] ^ range.max_address->bytes[i]);
    const std::uint8_t kept = keeps_host ? static_cast<std::uint8_t>(old.bytes[i] & host) : 0;
    mapped.bytes[i] = static_cast<std::uint8_t>((mapped.bytes[i] & ~host) | kept);
  }
  return setup_info(step, *packet.conn, at_address(range, mapped), type);
}

/// `snat ip6 to` in a table of both families does nothing to IPv4.
bool speaks_of_other_family(const Packet& packet, const NatStatement& statement) {
  return statement.family != wire::AddressFamily::none && statement.family != packet.family();
}

}  // namespace

bool applies(Step& step, const Packet& packet, const NatStatement& statement) {
  return !speaks_of_other_family(packet, statement) ||
         !step.holds(Clause::nat_statement_of_other_family_is_passed_over);
}

Verdict execute(Step& step, Packet& packet, Hook hook, const NatStatement& statement) {
  if (!packet.tracked()) return Verdict::accept;
  switch (statement.kind) {
    case NatKind::snat:
      return setup_info(step, *packet.conn, statement.range, ManipType::src);
    case NatKind::dnat:
      return setup_info(step, *packet.conn, statement.range, ManipType::dst);
    case NatKind::masquerade:
      return masquerade(step, packet, statement.range);
    case NatKind::redirect:
      return redirect(step, packet, hook, statement.range);
    case NatKind::netmap:
      return netmap(step, packet, hook, statement.range);
  }
  return Verdict::accept;
}

}  // namespace natstep::model
