// SPDX-License-Identifier: GPL-2.0-or-later
// Conntrack zones: rules can put packets into zones, and what lies in different zones is unrelated
// although its tuples are the same. Source: include/net/netfilter/nf_conntrack_zones.h.
#pragma once

#include "model/conntrack/tuple.h"

#include <cstdint>

namespace natstep::model {

/// NF_CT_ZONE_DIR_*: in which directions of a flow its zone counts.
enum class ZoneDirections : std::uint8_t { both, original, reply };

/// struct nf_conntrack_zone. A number by itself is a zone of both directions; 0 is where everything
/// lies that no rule puts elsewhere. As large as a word that is written and read at once.
struct alignas(4) Zone {
  std::uint16_t id = 0;
  ZoneDirections directions = ZoneDirections::both;

  // NOLINTNEXTLINE(google-explicit-constructor): `find(tuple, 0, now)` reads best.
  constexpr Zone(std::uint16_t number = 0, ZoneDirections where = ZoneDirections::both)
      : id(number), directions(where) {}

  /// nf_ct_zone_id: the zone as a tuple of this direction has it.
  [[nodiscard]] constexpr std::uint16_t in(Direction direction) const {
    const ZoneDirections own =
        direction == Direction::original ? ZoneDirections::original : ZoneDirections::reply;
    return directions == ZoneDirections::both || directions == own ? id : std::uint16_t{0};
  }
  bool operator==(const Zone&) const = default;
};

}  // namespace natstep::model
