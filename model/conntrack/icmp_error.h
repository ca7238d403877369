// SPDX-License-Identifier: GPL-2.0-or-later
// ICMP errors as conntrack sees them: which entry the embedded packet belongs to.
// Source: net/netfilter/nf_conntrack_proto_icmp.c, nf_conntrack_icmpv4_error and
// nf_conntrack_inet_error; net/netfilter/nf_conntrack_proto_icmpv6.c.
#pragma once

#include "model/conntrack/tuple.h"
#include "model/conntrack/zone.h"
#include "model/hook.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace natstep::model {

struct Packet;
class Step;

enum class IcmpErrorResult : std::uint8_t {
  not_an_error,  // an ordinary ICMP query: track it like any other packet
  related,       // the packet now carries the entry of the embedded packet
  untracked,     // ICMPv6 that belongs to no flow
  invalid,
};

/// The result, and why in a few words for the walk when it is `invalid`.
struct IcmpErrorCheck {
  IcmpErrorResult result{};
  std::string_view why{};
};

/// Checks an IPv4 ICMP packet, whose ICMP header begins at `icmp_offset`, and, when it is an error,
/// attaches the entry of the packet that it quotes, in the zone of the error.
IcmpErrorCheck conntrack_icmp_error(Step& step, Packet& packet, Hook hook, std::size_t icmp_offset,
                                    Zone zone);
/// The same for ICMPv6, which begins at `where`; some of it is not tracked at all.
IcmpErrorCheck conntrack_icmpv6_error(Step& step, Packet& packet, Hook hook, L4Location where,
                                      Zone zone);

/// nf_conntrack_inet_error, what both have in common: attaches the entry of the `quoted` packet.
IcmpErrorCheck relate_icmp_error(Step& step, Packet& packet, Hook hook, wire::ByteView quoted,
                                 Zone zone);

}  // namespace natstep::model
