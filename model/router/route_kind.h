// SPDX-License-Identifier: GPL-2.0-or-later
// What a routing decision can be.
#pragma once

#include <cstdint>

namespace natstep::model {

enum class RouteKind : std::uint8_t {
  local,
  broadcast,
  forward,
  unreachable,
  prohibit,
  blackhole,
  martian,
  no_route
};

}  // namespace natstep::model
