// SPDX-License-Identifier: GPL-2.0-or-later
// Cutting a packet that is larger than the MTU of its way out. Source: net/ipv4/ip_output.c
// (ip_do_fragment, ip_frag_next).
#pragma once

#include "model/wire/bytes.h"

#include <cstdint>
#include <vector>

namespace natstep::model {

struct Packet;
class Step;

/// The pieces of `packet`, in ascending order of their offset, each at most `mtu` bytes. What came
/// in fragments leaves as it came where that fits.
std::vector<wire::Bytes> fragment(Step& step, const Packet& packet, std::uint32_t mtu);

}  // namespace natstep::model
