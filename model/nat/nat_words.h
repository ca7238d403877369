// SPDX-License-Identifier: GPL-2.0-or-later
// What the NAT hook did, in the words of the walk.
#pragma once

#include "model/hook.h"
#include "model/wire/address.h"

#include <cstdint>
#include <string>

namespace natstep::model {

struct Packet;

/// What can change under the NAT hook function, as it was before.
struct NatSnapshot {
  std::uint32_t status = 0;  // of the entry
  wire::Address src;
  wire::Address dst;
  std::uint16_t src_port = 0;  // the first four bytes behind the IP header, whatever the protocol
  std::uint16_t dst_port = 0;
};
NatSnapshot snapshot(const Packet& packet);

/// "dnat to 192.168.1.8:9999, reply tuple udp 192.168.1.8:9999 > 10.0.0.2:4000", "null binding",
/// "source 10.0.1.2:4000 -> 203.0.113.1:4000", "not tracked, untouched".
std::string nat_words(const NatSnapshot& before, const Packet& packet, Hook hook, Verdict verdict);

}  // namespace natstep::model
