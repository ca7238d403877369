// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/gre_keymap.h"

#include <algorithm>

namespace natstep::model {
namespace {

/// gre_key_cmpfn.
bool same_receiver(const Tuple& a, const Tuple& b) {
  return a.src == b.src && a.dst == b.dst && a.protocol == b.protocol && a.dst_id == b.dst_id;
}

}  // namespace

bool GreKeymap::add(const Conn& master, Direction direction, const Tuple& tuple) {
  const auto own = std::ranges::find_if(entries_, [&](const Entry& entry) {
    return entry.master == &master && entry.direction == direction;
  });
  if (own != entries_.end()) return same_receiver(own->tuple, tuple);
  add_another(master, direction, tuple);
  return true;
}

void GreKeymap::add_another(const Conn& master, Direction direction, const Tuple& tuple) {
  entries_.push_back({.master = &master, .direction = direction, .tuple = tuple});
}

void GreKeymap::remove_of(const Conn& master) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.master == &master; });
}

std::optional<std::uint16_t> GreKeymap::sender_key(const Tuple& tuple) const {
  const auto found = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return same_receiver(entry.tuple, tuple); });
  return found == entries_.end() ? std::nullopt : std::optional(found->tuple.src_id);
}

}  // namespace natstep::model
