// SPDX-License-Identifier: GPL-2.0-or-later
// Fragments of IPv6 on their way to become a datagram again: for conntrack, and for the box itself.
// Source: net/ipv6/netfilter/nf_conntrack_reasm.c, net/ipv6/reassembly.c; RFC 8200 section 4.5.
#pragma once

#include "model/fragments/fragment_queue.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <optional>

namespace natstep::model {

/// find_prev_fhdr: whether conntrack takes the packet for a fragment. What came back by the
/// loopback was seen before.
bool is_fragment_ipv6(const Packet& packet);

/// nf_ct_frag6_gather.
Collected collect_ipv6(Step& step, Packet& packet, DefragUser user);

/// A packet for the box on its way along its extension headers.
struct Delivery {
  std::size_t next_header_at;
  std::size_t offset;
  bool was_fragment;  // a second fragment header is one too many

  /// Over the extension header at `offset`.
  void skip(std::size_t size) {
    next_header_at = offset;
    offset += size;
  }
};

/// ipv6_frag_rcv: the fragment header at `at`. False when the packet is kept or lost, else `at` is
/// behind the header, which has gone if the packet is now a whole datagram.
bool deliver_fragment_ipv6(Step& step, Packet& packet, Delivery& at);

/// ip6frag_expire_frag_queue: tells the sender that the time is up.
void report_expired_ipv6(Step& step, const FragmentQueue& queue);

}  // namespace natstep::model
