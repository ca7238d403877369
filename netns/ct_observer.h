// SPDX-License-Identifier: GPL-2.0-or-later
// Conntrack of one namespace, seen and edited through ctnetlink.
#pragma once

#include "netns/ct_batch.h"
#include "netns/event.h"
#include "netns/netlink.h"
#include "netns/observation.h"

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace natstep::netns {

class CtObserver {
 public:
  /// Belongs to the current namespace. Nothing is subscribed to.
  CtObserver();

  /// The entry that has `tuple`. Of two, which zones of one direction make possible, the one that
  /// began with it.
  std::optional<CtEntry> find(const CtTuple& tuple, std::uint16_t zone);
  /// False when there was none.
  bool remove(const CtTuple& tuple, std::uint16_t zone);
  /// The errno of a refusal: EEXIST when one of its tuples is taken. 0 when it went well.
  int create(const EntryCreation& entry);
  /// ENOENT when there is no such entry; EPERM when its timeout is fixed. 0 when it went well.
  int update(const EntryUpdate& update);
  /// Removes every entry of the namespace.
  void flush();
  /// Returns when none of the entries is there any more; waits for their events, for as long as a
  /// working machine may take.
  void await_removal(std::span<const CtTuple> originals);
  /// Reads and deletes the entries that have these tuples, all with one message to the kernel: of a
  /// short conversation this is everything.
  void take(std::span<const CtTuple> originals, CtTaken& out);
  std::vector<CtEntry> dump();
  /// All expectations of the namespace.
  void expectations(std::vector<CtExpectation>& out);
  std::uint32_t count();
  CtStats stats();

  /// Subscribes to events or gives them up; without a listener the kernel saves itself the work.
  void listen(bool wanted);
  /// Appends what has happened since the last call.
  void drain(std::vector<CtEvent>& out);

  /// Deletes the entries that events told of, one by one: a flush would walk a hash table that all
  /// namespaces share.
  void remove_known();
  [[nodiscard]] std::size_t known_count() const { return known_.size(); }

 private:
  void read_events(std::vector<CtEvent>& out);
  void remember(const CtEvent& event);

  NetlinkSocket requests_;
  NetlinkSocket events_;
  CtBatch batch_;
  bool listening_ = false;
  std::vector<CtEvent> awaited_;  // events that a wait has read, for the next drain
  std::unordered_map<std::uint32_t, CtTuple> known_;  // original tuples by CTA_ID
};

}  // namespace natstep::netns
