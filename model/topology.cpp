// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/topology.h"

#include <algorithm>

namespace natstep::model {

std::optional<PortId> Topology::find_port(std::string_view name) const {
  const auto found = std::ranges::find(ports, name, &Port::name);
  if (found == ports.end()) return std::nullopt;
  return static_cast<PortId>(found - ports.begin());
}

}  // namespace natstep::model
