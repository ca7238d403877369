// SPDX-License-Identifier: GPL-2.0-or-later
// Cutting a packet that is larger than the MTU of its way out. Source: net/ipv4/ip_output.c
// (ip_do_fragment, ip_frag_next).
#pragma once

#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace natstep::model {

struct Packet;
class Step;

/// The conditions of the fast path of ip_do_fragment and ip6_fragment: the fragments are all still
/// there, none too large, and each but the last a multiple of eight.
bool old_pieces_fit(const std::vector<std::size_t>& pieces, std::size_t room);
/// The sizes of the pieces into which `payload` bytes are cut.
std::vector<std::size_t> cut_anew(std::size_t payload, std::size_t room);

/// The pieces of `packet`, in ascending order of their offset, each at most `mtu` bytes. What came
/// in fragments leaves as it came where that fits.
std::vector<wire::Bytes> fragment(Step& step, const Packet& packet, std::uint32_t mtu);
/// The same for IPv6. Source: net/ipv6/ip6_output.c (ip6_fragment).
std::vector<wire::Bytes> fragment_ipv6(Step& step, const Packet& packet, std::uint32_t mtu);

}  // namespace natstep::model
