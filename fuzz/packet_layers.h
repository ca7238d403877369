// SPDX-License-Identifier: GPL-2.0-or-later
// Where the layers of a packet begin, and lengths and checksums computed afresh.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>

namespace natstep::fuzz {

struct Layers {
  wire::AddressFamily family = wire::AddressFamily::none;  // none: too short to be a packet
  std::size_t l4 = 0;                                      // never beyond the end
  std::uint8_t protocol = 0;
  bool later_fragment = false;
  bool fragment = false;  // of any kind

  [[nodiscard]] bool any() const { return family != wire::AddressFamily::none; }
  [[nodiscard]] bool is_icmp() const;
  [[nodiscard]] bool is_tcp() const;
};
Layers layers_of(wire::ByteView packet);

wire::Address source_of(wire::ByteView packet, wire::AddressFamily family);
wire::Address destination_of(wire::ByteView packet, wire::AddressFamily family);
void set_source(wire::Bytes& packet, const wire::Address& address);
void set_destination(wire::Bytes& packet, const wire::Address& address);

/// Whether the packet is an ICMP error of its family, which quotes another behind its header.
bool quotes_another(wire::ByteView packet, const Layers& layers);

/// Whether a box that this reaches remembers, for ten minutes, how large packets on some way may
/// be: a message about one of its own for which there need be no socket (icmp_err, icmpv6_err), or
/// there is one (raw_err).
bool teaches_a_route(wire::ByteView packet);

/// Makes every length and every checksum of the outermost packet right.
void complete(wire::Bytes& packet);

}  // namespace natstep::fuzz
