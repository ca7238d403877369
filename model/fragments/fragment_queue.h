// SPDX-License-Identifier: GPL-2.0-or-later
// A datagram that is not whole yet, and what IPv4 and IPv6 do alike with it. Source:
// net/ipv4/inet_fragment.c; RFC 791 section 3.2, RFC 815, RFC 8200 section 4.5.
#pragma once

#include "model/conntrack/conn.h"
#include "model/fragments/fragment_runs.h"
#include "model/hook.h"
#include "model/topology.h"
#include "model/wire/address.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace natstep::model {

struct Packet;
class Step;

/// Who collects (enum ip_defrag_users, enum ip6_defrag_users). What one collects the others do not
/// see.
enum class DefragUser : std::uint8_t { conntrack_in, conntrack_out, local_deliver };

/// Fragments with the same key belong to one datagram (struct frag_v4_compare_key, struct
/// frag_v6_compare_key).
struct FragmentKey {
  wire::Address src;
  wire::Address dst;
  std::uint32_t id = 0;
  std::uint8_t protocol = 0;  // of IPv4
  PortId in = no_port;        // of IPv6, where the destination means something on one link only
  DefragUser user{};
  std::uint16_t zone = 0;  // part of who collects
};

/// What the datagram has of its first fragment, beside the payload.
struct FirstFragment {
  wire::Bytes header;    // all in front of the payload; of IPv6, the fragment header too
  Conn* conn = nullptr;  // holds a reference
  CtInfo ctinfo{};
  std::optional<ConnTemplate> conn_template{};
  bool untracked = false;
  std::uint32_t mark = 0;
};

/// A datagram that is not whole yet (struct inet_frag_queue).
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

using FragmentQueueIterator = std::list<FragmentQueue>::iterator;

/// The bytes of the datagram that a fragment brings.
struct Extent {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool more = false;
};

/// What became of a fragment.
struct Collected {
  enum class Outcome : std::uint8_t {
    kept,       // until the others come
    ignored,    // lost, and the others stay
    discarded,  // lost with all the others
    passed,     // it goes on as it is, and the others are lost
    whole,
  } outcome{};
  std::string_view why{};
};

/// nf_ct_defrag_user, nf_ct6_defrag_user: the zone in which a packet's fragments meet.
std::uint16_t zone_of(const Packet& packet, DefragUser user);

FragmentQueueIterator create(Step& step, const FragmentKey& key);
/// inet_frag_find.
FragmentQueueIterator find_or_create(Step& step, const FragmentKey& key);
/// The fragments of a queue are gone, the queue stays.
void let_go(Step& step, FragmentQueue& queue);
/// inet_frag_kill.
void kill(Step& step, FragmentQueueIterator queue);

/// How a fragment's end goes with what is known of the datagram's.
enum class EndFit : std::uint8_t { agrees, second_end, behind_the_end };
EndFit fit_of_end(const FragmentQueue& queue, const Extent& extent);
/// The fragment says how long the datagram is, or is at least.
void learn_length(FragmentQueue& queue, const Extent& extent);

/// The fragment is there: the first lends the datagram its `header`, each its ECN bits.
void remember(Step& step, FragmentQueue& queue, const Packet& packet, const Extent& extent,
              wire::ByteView header, std::uint8_t traffic_class);
bool is_complete(const FragmentQueue& queue);

/// RFC 3168 section 5.3: what the whole datagram says of congestion. Nothing when the fragments
/// contradict each other.
std::optional<std::uint8_t> congestion_of(Step& step, std::uint8_t seen);
/// The payload of the queue is put behind the header that `packet` has, and the entry and the mark
/// of the first fragment become the packet's.
void append_pieces(Step& step, Packet& packet, FragmentQueue& queue);

/// inet_frag_pull_head: the first fragment, to complain about.
Packet first_as_it_waits(Step& step, const FragmentQueue& queue);

/// What the walk shows.
std::string words(const Collected& collected, const Packet& packet);

}  // namespace natstep::model
