// SPDX-License-Identifier: GPL-2.0-or-later
// What a match looks at in the transport header, and where it finds that.
// Sources: net/netfilter/{nft_payload,nft_exthdr}.c; net/ipv6/exthdrs_core.c ipv6_find_hdr.
#pragma once

#include "model/rules/ruleset.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace natstep::model {

struct Packet;

using Number = std::optional<std::uint64_t>;

/// What the search for the transport header of an IPv6 packet passes (ipv6_find_hdr): an
/// authentication header, and the end of the packet when an extension header says so.
struct LooksBehind {
  bool authentication = true;
  bool end = true;
};

/// Where a rule finds the transport header. There need not be bytes at `offset`.
struct Transport {
  std::uint8_t protocol = 0;
  std::size_t offset = 0;       // of the packet
  bool later_fragment = false;  // there is none where it would be looked for
};
/// Nothing when the search for it fails.
std::optional<Transport> transport_of(const Packet& packet, LooksBehind looks_behind);

/// The protocol that a rule takes for the packet's.
Number l4_protocol(const Packet& packet, LooksBehind looks_behind);
/// A field of the transport header; nothing when the packet has none such, or is a later fragment.
Number transport_field(const Packet& packet, Field field, LooksBehind looks_behind);

/// Where a transport field stands in its header, and which protocol it supposes (0: any).
struct TransportPlace {
  std::uint8_t protocol = 0;
  std::size_t offset = 0;
  std::size_t size = 2;  // bytes
};
std::optional<TransportPlace> transport_place(Field field);

/// True when the packet ends within what a match of xtables reads of it, or hides the beginning of
/// a TCP header in another fragment.
bool is_cut_short(const Packet& packet, const Match& match, LooksBehind looks_behind);

/// True when an extension header of the packet claims to end behind it.
bool leads_beyond(const Packet& packet);

/// True when the field is looked for in a transport header, or in its protocol, and the packet has
/// an authentication header before that.
bool is_behind_authentication(const Packet& packet, Field field);

}  // namespace natstep::model
