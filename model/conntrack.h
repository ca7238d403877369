// SPDX-License-Identifier: GPL-2.0-or-later
// The connection tracking table, and the two hook functions that fill it: tracking on the way in, confirmation on the way out.
// Source: net/netfilter/nf_conntrack_core.c.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "model/conn.h"
#include "model/hook.h"
#include "model/tuple.h"

namespace natstep::model {

struct Packet;
class Step;

/// All entries, confirmed ones reachable by either tuple. Entries have stable addresses and are recycled, so that a million
/// flows need no more memory than the largest number alive at once.
class ConntrackTable {
 public:
  /// A fresh unconfirmed entry with one reference, owned by the packet that made it.
  Conn* create();
  /// One more packet refers to the entry.
  static void acquire(Conn& conn) { ++conn.references; }
  /// One reference less; the last one frees the entry.
  void release(Conn& conn);

  struct Hit {
    Conn* conn = nullptr;
    Direction direction{};
  };
  /// The confirmed entry that has `tuple` in one of its directions; expired entries met on the way are removed.
  Hit find(const Tuple& tuple, std::uint16_t zone, std::uint64_t now);

  /// Puts the entry into the table under both tuples, which must be free. The table holds a reference.
  void insert(Conn& conn);
  /// Takes the entry out of the table (nf_ct_kill). It lives on while packets refer to it.
  void remove(Conn& conn);
  /// Removes everything: what a flush does.
  void clear();

  [[nodiscard]] std::size_t size() const;  // confirmed entries
  /// The confirmed entries, in no particular order.
  [[nodiscard]] std::vector<const Conn*> entries() const;

  /// Entries by original source, newest first, confirmed or not (nf_nat_bysource); maintained by setup_info.
  void add_by_source(Conn& conn);
  [[nodiscard]] const std::vector<Conn*>* by_source(const Tuple& original) const;

 private:
  struct Slot {
    Conn* conn;
    Direction direction;
  };
  std::deque<Conn> pool_;
  std::vector<Conn*> free_;
  std::unordered_multimap<Tuple, Slot, TupleHash> hash_;
  std::unordered_map<Tuple, std::vector<Conn*>, TupleHash> by_source_;  // key: src, src_id, protocol
  std::size_t confirmed_ = 0;
};

/// nf_conntrack_in at PRE_ROUTING and LOCAL_OUT: finds or creates the packet's entry and runs the protocol's tracker.
Verdict conntrack_in(Step& step, Packet& packet, Hook hook);

/// nf_confirm at LOCAL_IN and POST_ROUTING: the entry of a first packet enters the table, or clashes.
Verdict conntrack_confirm(Step& step, Packet& packet, Hook hook);

}  // namespace natstep::model
