// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of PPTP's tunnels. A packet of a tunnel has the call id of its receiver only (RFC 2637
// section 4.1); the sender's is known to who has followed the control connection. Source:
// nf_conntrack_proto_gre.c, the gre_keymap functions.
#pragma once

#include "model/conntrack/tuple.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace natstep::model {

struct Conn;

class GreKeymap {
 public:
  /// nf_ct_gre_keymap_add: false when the master already has other keys for this direction, as it
  /// can have one call only.
  bool add(const Conn& master, Direction direction, const Tuple& tuple);
  /// What a second call would need: keys beside those that the master already has.
  void add_another(const Conn& master, Direction direction, const Tuple& tuple);
  /// nf_ct_gre_keymap_destroy.
  void remove_of(const Conn& master);
  /// gre_keymap_lookup: the sender's call id of a packet with this tuple; nothing for who has none.
  [[nodiscard]] std::optional<std::uint16_t> sender_key(const Tuple& tuple) const;

 private:
  struct Entry {
    const Conn* master = nullptr;
    Direction direction{};
    Tuple tuple;
  };
  std::vector<Entry> entries_;  // the oldest first
};

}  // namespace natstep::model
