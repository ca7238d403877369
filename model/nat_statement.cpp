// SPDX-License-Identifier: GPL-2.0-or-later
// NAT statements of rules: the range that each of them means for the packet at hand.
// Sources: net/netfilter/{nf_nat_masquerade,nf_nat_redirect,xt_NETMAP,xt_nat}.c.
#include "model/clause_names.h"
#include "model/nat.h"
#include "model/packet.h"
#include "model/route.h"
#include "model/wire/ipv4.h"

#include <optional>

namespace natstep::model {
namespace {

NatRange at_address(const NatRange& wanted, const wire::Address& address) {
  NatRange range = wanted;
  range.min_address = range.max_address = address;
  return range;
}

/// nf_nat_masquerade_ipv4: the address of the port that the packet leaves by, as seen from the next
/// hop.
Verdict masquerade(Step& step, Packet& packet, const NatRange& range) {
  const wire::Address destination = wire::Ipv4View(packet.bytes).dst_address();
  const RouteDecision route = route_output(step, destination);
  const wire::Address next_hop = route.gateway.value_or(destination);
  const auto address = masquerade_address(step, packet.out, next_hop);
  if (!address) return Verdict::drop;
  packet.conn->masquerade_port = packet.out;
  return setup_info(step, *packet.conn, at_address(range, *address), ManipType::src);
}

/// nf_nat_redirect_ipv4: to the box itself, by the first address of the port that the packet came
/// in on.
Verdict redirect(Step& step, Packet& packet, Hook hook, const NatRange& range) {
  std::optional<wire::Address> address;
  if (hook == Hook::local_out && step.holds(Clause::redirect_at_output_goes_to_loopback)) {
    address = wire::Address::ipv4(0x7f000001);
  } else {
    address = redirect_address(step, hook == Hook::local_out ? packet.out : packet.in);
  }
  if (!address) return Verdict::drop;
  return setup_info(step, *packet.conn, at_address(range, *address), ManipType::dst);
}

/// netmap: the network part from the range, the host part from the packet.
Verdict netmap(Step& step, Packet& packet, Hook hook, const NatRange& range) {
  const ManipType type = manip_of(hook);
  const wire::Ipv4View header(packet.bytes);
  const std::uint32_t old = type == ManipType::src ? header.src() : header.dst();
  const std::uint32_t low = range.min_address->ipv4_value();
  const std::uint32_t mask = ~(low ^ range.max_address->ipv4_value());
  const std::uint32_t host = step.holds(Clause::netmap_keeps_host_part) ? old & ~mask : 0;
  return setup_info(step, *packet.conn, at_address(range, wire::Address::ipv4(host | (low & mask))),
                    type);
}

}  // namespace

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
