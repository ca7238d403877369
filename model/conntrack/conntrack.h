// SPDX-License-Identifier: GPL-2.0-or-later
// The connection tracking table, and the two hook functions that fill it: tracking on the way in,
// confirmation on the way out. Source: net/netfilter/nf_conntrack_core.c.
#pragma once

#include "model/conntrack/conn.h"
#include "model/conntrack/expectation.h"
#include "model/conntrack/gre_keymap.h"
#include "model/conntrack/tuple.h"
#include "model/conntrack/zone.h"
#include "model/hook.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace natstep::model {

struct Packet;
class Step;

/// All entries, confirmed ones reachable by either tuple. Entries have stable addresses and are
/// recycled, so that a million flows need no more memory than the largest number alive at once.
///
/// Both indexes are chained hash tables whose links stand in the entries themselves, as in the
/// kernel: adding and removing an entry allocates nothing once the pool has grown.
class ConntrackTable {
  struct Entry;

 public:
  ConntrackTable();
  ~ConntrackTable();
  ConntrackTable(ConntrackTable&&) noexcept;
  ConntrackTable& operator=(ConntrackTable&&) noexcept;

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
  /// nf_conntrack_find_get: the confirmed entry that has `tuple` in one of its directions, in the
  /// zone that `zone` is for that direction; when it has expired it is removed and not found.
  Hit find(const Tuple& tuple, Zone zone, std::uint64_t now);
  /// The same without a look at the clock: also entries whose time is up, but which nobody has met
  /// since.
  [[nodiscard]] Hit find_even_expired(const Tuple& tuple, Zone zone) const;
  /// Only entries that are hashed under the number that `zone` has in direction `hashed_by`:
  /// confirmation and the search for a free tuple look at one chain of the table. Expired ones
  /// included.
  [[nodiscard]] Hit find_hashed(const Tuple& tuple, Zone zone, Direction hashed_by) const;

  /// Puts the entry into the table under both tuples, which must be free. The table holds a
  /// reference.
  void insert(Conn& conn);
  /// Puts the entry into the table under its reply tuple only: its original tuple belongs to
  /// another entry.
  void insert_reply_only(Conn& conn);
  /// Those that only their replies find; ctnetlink never shows them.
  [[nodiscard]] std::vector<const Conn*> reply_only_entries() const;
  /// Takes the entry out of the table (nf_ct_kill) and marks it dying; what it expects goes with
  /// it, and so does the tunnel of a PPTP call. It lives on while packets or connections that it
  /// expected refer to it.
  void remove(Conn& conn);
  /// pptp_destroy_siblings: ends the call of a PPTP control connection, in whatever state its
  /// tunnel is.
  void end_call(const Conn& master);
  /// Removes everything: what a flush does.
  void clear();

  ExpectationTable& expectations() { return expectations_; }
  [[nodiscard]] const ExpectationTable& expectations() const { return expectations_; }

  GreKeymap& gre_keys() { return gre_keys_; }

  static bool expired(const Conn& conn, std::uint64_t now) {
    return now >= conn.refreshed_at + conn.timeout;
  }

  [[nodiscard]] std::size_t size() const { return confirmed_; }  // confirmed entries
  /// What a dump shows: the confirmed entries that stand under their original tuple, expired or
  /// not, in no particular order.
  [[nodiscard]] std::vector<const Conn*> entries() const;

  /// A list of entries, to be walked with a range-for; newest first.
  class BySource {
   public:
    class Iterator {
     public:
      Iterator(Entry* entry, const Tuple* original);
      Conn* operator*() const;
      Iterator& operator++();
      bool operator!=(const Iterator& other) const { return entry_ != other.entry_; }

     private:
      void skip_others();
      Entry* entry_;
      const Tuple* original_;
    };
    BySource(Entry* first, const Tuple& original) : first_(first), original_(original) {}
    [[nodiscard]] Iterator begin() const { return {first_, &original_}; }
    [[nodiscard]] Iterator end() const { return {nullptr, &original_}; }

   private:
    Entry* first_;
    Tuple original_;
  };

  /// Lists the entry under its original source (address, port or id, protocol), until it is freed.
  /// Done by setup_info.
  void add_by_source(Conn& conn);
  /// The entries, confirmed or not, that have the source of `original` as their original source
  /// (nf_nat_bysource).
  [[nodiscard]] BySource by_source(const Tuple& original) const;

 private:
  struct Slot {
    Entry* entry = nullptr;
    Direction direction{};
  };

  void link(Entry& entry, Direction direction);
  void unlink(Entry& entry, Direction direction);
  void unlink_source(Entry& entry);
  void confirm(Entry& entry);
  void free(Entry& entry);
  void forget_relatives(Entry& entry);
  void end_tunnel(const Tuple& tuple, Zone zone);
  void grow();
  void grow_sources();

  std::deque<Entry> pool_;
  std::vector<Entry*> free_;
  std::vector<Slot> buckets_;
  std::vector<Entry*> sources_;
  std::size_t confirmed_ = 0;
  std::size_t listed_ = 0;
  ExpectationTable expectations_;
  GreKeymap gre_keys_;
};

/// nf_conntrack_in at PRE_ROUTING and LOCAL_OUT: finds or creates the packet's entry and runs the
/// protocol's tracker.
Verdict conntrack_in(Step& step, Packet& packet, Hook hook);

/// nf_conntrack_l4proto::allow_clash: protocols whose packets may go on although their entry cannot
/// enter the table as it is.
bool allows_clash(const Profile& profile, std::uint8_t protocol);

/// nf_confirm at LOCAL_IN and POST_ROUTING: the entry of a first packet enters the table, or
/// clashes.
Verdict conntrack_confirm(Step& step, Packet& packet, Hook hook);

/// nf_conntrack_tuple_taken: the confirmed entry that already has `tuple`, which an entry in `zone`
/// would have as `side`. Expired ones included.
Conn* tuple_holder(Step& step, const Tuple& tuple, Zone zone, Direction side);

}  // namespace natstep::model
