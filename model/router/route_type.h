// SPDX-License-Identifier: GPL-2.0-or-later
// What a route of the scenario makes of the packets that it matches, the same for both families.
#pragma once

#include "model/router/route_kind.h"
#include "model/topology.h"

namespace natstep::model {

constexpr RouteKind kind_of(RouteType type) {
  switch (type) {
    case RouteType::unicast:
      return RouteKind::forward;
    case RouteType::unreachable:
      return RouteKind::unreachable;
    case RouteType::prohibit:
      return RouteKind::prohibit;
    case RouteType::blackhole:
      return RouteKind::blackhole;
  }
  return RouteKind::no_route;
}

}  // namespace natstep::model
