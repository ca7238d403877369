// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/conntrack.h"
#include "model/protocol.h"

#include <algorithm>
#include <utility>

namespace natstep::model {
namespace {

constexpr std::size_t first_bucket_count = 64;  // a power of two, as every later count

std::size_t source_hash(const Tuple& tuple) {
  Tuple source = tuple;
  source.dst = {};
  source.dst_id = 0;
  return TupleHash{}(source);
}

/// Only the PPTP helper has something to do when its entry goes.
bool has_calls(const Conn& conn) {
  return conn.help != nullptr && conn.help->kind == HelperKind::pptp;
}

bool same_source(const Tuple& a, const Tuple& b) {
  return a.src_id == b.src_id && a.protocol == b.protocol && a.src == b.src;
}

}  // namespace

/// An entry with its places in the two indexes.
struct ConntrackTable::Entry : Conn {
  struct Link {
    Slot next;
    std::size_t hash = 0;
    bool linked = false;
  };
  std::array<Link, 2> links;
  Entry* newer = nullptr;  // the source list
  Entry* older = nullptr;
  std::size_t listed_under = 0;
  bool listed = false;
};

ConntrackTable::ConntrackTable() : buckets_(first_bucket_count), sources_(first_bucket_count) {}
ConntrackTable::~ConntrackTable() = default;
ConntrackTable::ConntrackTable(ConntrackTable&&) noexcept = default;
ConntrackTable& ConntrackTable::operator=(ConntrackTable&&) noexcept = default;

Conn* ConntrackTable::create() {
  if (free_.empty()) {
    pool_.emplace_back();
    free_.push_back(&pool_.back());
  }
  Entry* entry = free_.back();
  free_.pop_back();
  *entry = Entry{};
  entry->references = 1;
  return entry;
}

void ConntrackTable::release(Conn& conn) {
  if (--conn.references == 0) free(static_cast<Entry&>(conn));
}

void ConntrackTable::free(Entry& entry) {
  unlink_source(entry);
  forget_relatives(entry);
  free_.push_back(&entry);
}

void ConntrackTable::forget_relatives(Entry& entry) {
  if (entry.help) expectations_.remove_of(entry);
  Conn* master = std::exchange(entry.master, nullptr);
  if (master == nullptr) return;
  // destroy_gre_conntrack.
  if (entry.of(Direction::original).protocol == protocol::gre) gre_keys_.remove_of(*master);
  release(*master);
}

void ConntrackTable::end_tunnel(const Tuple& tuple, Zone zone) {
  if (const Hit hit = find_even_expired(tuple, zone); hit.conn != nullptr) return remove(*hit.conn);
  for (std::size_t at = expectations_.all().size(); at-- > 0;) {
    const Expectation& expectation = expectations_.all()[at];
    if (!matches(expectation, tuple) || expectation.master->zone.id != zone.id) continue;
    return expectations_.remove_at(at);
  }
}

void ConntrackTable::end_call(const Conn& master) {
  gre_keys_.remove_of(master);
  const PptpTrack& ids = master.help->pptp;
  Tuple tuple = master.of(Direction::original);
  tuple.protocol = protocol::gre;
  tuple.src_id = ids.pns_call_id;
  tuple.dst_id = ids.pac_call_id;
  end_tunnel(tuple, master.zone);
  tuple = master.of(Direction::reply);
  tuple.protocol = protocol::gre;
  tuple.src_id = ids.pac_call_id;
  tuple.dst_id = ids.pns_call_id;
  end_tunnel(tuple, master.zone);
}

// --- by tuple

ConntrackTable::Hit ConntrackTable::find_hashed(const Tuple& tuple, Zone zone,
                                                Direction hashed_by) const {
  const std::uint16_t wanted = zone.in(hashed_by);
  const std::size_t hash = TupleHash{}(tuple);
  Slot slot = buckets_[hash & (buckets_.size() - 1)];
  while (slot.entry != nullptr) {
    const Entry& entry = *slot.entry;
    const Entry::Link& link = entry.links[index(slot.direction)];
    const bool same_zone =
        zone.in(slot.direction) == wanted && entry.zone.in(slot.direction) == wanted;
    if (link.hash == hash && same_zone && entry.of(slot.direction) == tuple) {
      return {.conn = slot.entry, .direction = slot.direction};
    }
    slot = link.next;
  }
  return {};
}

ConntrackTable::Hit ConntrackTable::find_even_expired(const Tuple& tuple, Zone zone) const {
  const Hit hit = find_hashed(tuple, zone, Direction::original);
  const bool other_chain = zone.in(Direction::original) != zone.in(Direction::reply);
  return hit.conn == nullptr && other_chain ? find_hashed(tuple, zone, Direction::reply) : hit;
}

ConntrackTable::Hit ConntrackTable::find(const Tuple& tuple, Zone zone, std::uint64_t now) {
  const Hit hit = find_even_expired(tuple, zone);
  if (hit.conn == nullptr || !expired(*hit.conn, now)) return hit;
  remove(*hit.conn);
  return {};
}

void ConntrackTable::insert(Conn& conn) {
  Entry& entry = static_cast<Entry&>(conn);
  confirm(entry);
  link(entry, Direction::original);
  // The reply tuple comes second, so that an entry whose two tuples are equal is found in its reply
  // direction, as in the kernel.
  link(entry, Direction::reply);
}

void ConntrackTable::insert_reply_only(Conn& conn) {
  Entry& entry = static_cast<Entry&>(conn);
  confirm(entry);
  link(entry, Direction::reply);
}

void ConntrackTable::confirm(Entry& entry) {
  if (confirmed_ >= buckets_.size()) grow();
  entry.status |= status::confirmed;
  acquire(entry);
  ++confirmed_;
}

void ConntrackTable::remove(Conn& conn) {
  Entry& entry = static_cast<Entry&>(conn);
  entry.status |= status::dying;
  if (has_calls(entry)) end_call(entry);
  if (entry.help) expectations_.remove_of(entry);
  if (!entry.links[index(Direction::reply)].linked) return;
  unlink(entry, Direction::original);
  unlink(entry, Direction::reply);
  --confirmed_;
  release(entry);
}

void ConntrackTable::clear() {
  for (Entry& entry : pool_) {
    if (entry.links[index(Direction::reply)].linked) remove(entry);
  }
}

std::vector<const Conn*> ConntrackTable::entries() const {
  std::vector<const Conn*> shown;
  shown.reserve(confirmed_);
  for (const Entry& entry : pool_) {
    if (entry.links[index(Direction::original)].linked) shown.push_back(&entry);
  }
  return shown;
}

std::vector<const Conn*> ConntrackTable::reply_only_entries() const {
  std::vector<const Conn*> hidden;
  for (const Entry& entry : pool_) {
    const bool found_by_reply = entry.links[index(Direction::reply)].linked;
    if (found_by_reply && !entry.links[index(Direction::original)].linked) hidden.push_back(&entry);
  }
  return hidden;
}

void ConntrackTable::link(Entry& entry, Direction direction) {
  Entry::Link& link = entry.links[index(direction)];
  link.hash = TupleHash{}(entry.of(direction));
  Slot& head = buckets_[link.hash & (buckets_.size() - 1)];
  link.next = head;
  link.linked = true;
  head = {.entry = &entry, .direction = direction};
}

void ConntrackTable::unlink(Entry& entry, Direction direction) {
  Entry::Link& link = entry.links[index(direction)];
  if (!link.linked) return;
  Slot* slot = &buckets_[link.hash & (buckets_.size() - 1)];
  while (slot->entry != &entry || slot->direction != direction) {
    slot = &slot->entry->links[index(slot->direction)].next;
  }
  *slot = link.next;
  link.linked = false;
}

void ConntrackTable::grow() {
  buckets_.assign(buckets_.size() * 2, Slot{});
  for (Entry& entry : pool_) {
    for (const Direction direction : {Direction::original, Direction::reply}) {
      if (entry.links[index(direction)].linked) link(entry, direction);
    }
  }
}

// --- by source

void ConntrackTable::add_by_source(Conn& conn) {
  Entry& entry = static_cast<Entry&>(conn);
  if (entry.listed) return;
  if (listed_ >= sources_.size()) grow_sources();
  entry.listed_under = source_hash(entry.of(Direction::original));
  Entry*& head = sources_[entry.listed_under & (sources_.size() - 1)];
  entry.older = head;
  entry.newer = nullptr;
  if (head != nullptr) head->newer = &entry;
  head = &entry;
  entry.listed = true;
  ++listed_;
}

void ConntrackTable::unlink_source(Entry& entry) {
  if (!entry.listed) return;
  if (entry.older != nullptr) entry.older->newer = entry.newer;
  if (entry.newer != nullptr) {
    entry.newer->older = entry.older;
  } else {
    sources_[entry.listed_under & (sources_.size() - 1)] = entry.older;
  }
  entry.listed = false;
  --listed_;
}

void ConntrackTable::grow_sources() {
  const std::vector<Entry*> old = std::exchange(sources_, std::vector<Entry*>(sources_.size() * 2));
  std::vector<Entry*> chain;
  for (Entry* head : old) {
    chain.clear();
    for (Entry* entry = head; entry != nullptr; entry = entry->older)
      chain.push_back(entry);
    // Oldest first, so that the newest is at the head again.
    for (Entry* entry : chain)
      entry->listed = false;
    listed_ -= chain.size();
    std::ranges::for_each(chain.rbegin(), chain.rend(),
                          [this](Entry* entry) { add_by_source(*entry); });
  }
}

ConntrackTable::BySource ConntrackTable::by_source(const Tuple& original) const {
  return {sources_[source_hash(original) & (sources_.size() - 1)], original};
}

ConntrackTable::BySource::Iterator::Iterator(Entry* entry, const Tuple* original)
    : entry_(entry), original_(original) {
  skip_others();
}

Conn* ConntrackTable::BySource::Iterator::operator*() const {
  return entry_;
}

ConntrackTable::BySource::Iterator& ConntrackTable::BySource::Iterator::operator++() {
  entry_ = entry_->older;
  skip_others();
  return *this;
}

void ConntrackTable::BySource::Iterator::skip_others() {
  while (entry_ != nullptr && !same_source(entry_->of(Direction::original), *original_)) {
    entry_ = entry_->older;
  }
}

}  // namespace natstep::model
