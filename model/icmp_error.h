// SPDX-License-Identifier: GPL-2.0-or-later
// ICMP errors as conntrack sees them: which entry the embedded packet belongs to.
// Source: net/netfilter/nf_conntrack_proto_icmp.c, nf_conntrack_icmpv4_error and
// nf_conntrack_inet_error.
#pragma once

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
  invalid,
};

/// The result, and why in a few words for the walk when it is `invalid`.
struct IcmpErrorCheck {
  IcmpErrorResult result{};
  std::string_view why{};
};

/// Checks an IPv4 ICMP packet, whose ICMP header begins at `icmp_offset`, and, when it is an error,
/// attaches the entry of the packet that it quotes.
IcmpErrorCheck conntrack_icmp_error(Step& step, Packet& packet, Hook hook, std::size_t icmp_offset);

}  // namespace natstep::model
