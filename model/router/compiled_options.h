// SPDX-License-Identifier: GPL-2.0-or-later
// What the box has read of a packet's IP options (struct ip_options in IPCB(skb)), and still has to
// do about them when the packet leaves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace natstep::model {

struct CompiledOptions {
  // Where the options of each kind stand, counted from the IP header on; 0: there is none.
  std::size_t record_route = 0;
  std::size_t timestamp = 0;
  std::size_t source_route = 0;
  bool route_to_record = false;             // a place in the record route waits for an address
  bool strict = false;                      // of the source route
  std::optional<std::uint32_t> next_hop{};  // where the source route sends the packet
  bool changed = false;                     // the header checksum does not know yet
};

}  // namespace natstep::model
