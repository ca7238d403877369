// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/topology.h"

#include <algorithm>

namespace natstep::model {

std::optional<PortId> Topology::find_port(std::string_view name) const {
  const auto found = std::ranges::find(ports, name, &Port::name);
  if (found == ports.end()) return std::nullopt;
  return static_cast<PortId>(found - ports.begin());
}

bool Topology::speaks_ipv6() const {
  return std::ranges::any_of(ports, [](const Port& port) {
    return std::ranges::any_of(port.addresses, [](const wire::Prefix& prefix) {
      return prefix.address.family == wire::AddressFamily::ipv6;
    });
  });
}

}  // namespace natstep::model
