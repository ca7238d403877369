// SPDX-License-Identifier: GPL-2.0-or-later
// Fragments on their way to become a datagram again. Source: net/ipv4/ip_fragment.c,
// net/ipv4/netfilter/nf_defrag_ipv4.c; RFC 791 section 3.2, RFC 815.
#pragma once

#include "model/conn.h"
#include "model/fragment_runs.h"
#include "model/hook.h"
#include "model/topology.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>

namespace natstep::model {

struct Packet;
class Step;

/// Who collects (enum ip_defrag_users). What one collects the others do not see.
enum class DefragUser : std::uint8_t { conntrack_in, conntrack_out, local_deliver };

/// Fragments with the same key belong to one datagram (struct frag_v4_compare_key).
struct FragmentKey {
  std::uint32_t src = 0;
  std::uint32_t dst = 0;
  std::uint16_t id = 0;
  std::uint8_t protocol = 0;
  DefragUser user{};
  std::uint16_t zone = 0;  // part of who collects
};

/// What the datagram has of its first fragment, beside the payload.
struct FirstFragment {
  wire::Bytes header;
  Conn* conn = nullptr;  // holds a reference
  CtInfo ctinfo{};
  std::optional<ConnTemplate> conn_template;
  bool untracked = false;
  std::uint32_t mark = 0;
};

/// A datagram that is not whole yet (struct ipq).
struct FragmentQueue {
  FragmentKey key;
  FragmentRuns runs;
  FirstFragment first;
  bool first_in = false;
  bool last_in = false;
  std::uint32_t length = 0;  // of the payload: exact with the last fragment, before that at least
  std::uint32_t max_size = 0;
  std::uint32_t max_df_size = 0;
  std::uint8_t ecn_seen = 0;  // one bit a code point
  std::uint32_t arrival = 0;  // counts the fragments of this source, see Reassembly
  PortId in = no_port;        // of the latest fragment
  std::uint64_t since = 0;    // the clock runs from here
};

struct Reassembly {
  std::list<FragmentQueue> queues;                  // the longest waiting first
  std::map<std::uint32_t, std::uint32_t> arrivals;  // fragments of a source so far (inet_peer)
  std::size_t memory = 0;                           // an upper bound of what the kernel needs
};

/// ipv4_conntrack_defrag: a fragment is stolen until its datagram is whole. The packet that makes
/// it whole goes on as the datagram.
Verdict conntrack_defrag(Step& step, Packet& packet, Hook hook);

/// ip_local_deliver: the same for fragments that reach the box. False when the packet is kept or
/// lost.
bool defrag_to_deliver(Step& step, Packet& packet);

/// ip_expire: gives up what has waited too long, before the next stimulus comes.
void expire_fragments(Step& step);

}  // namespace natstep::model
