// SPDX-License-Identifier: GPL-2.0-or-later
// What a datagram that was put together remembers of its fragments (IPCB(skb)->frag_max_size,
// IPSKB_FRAG_PMTU, skb_shinfo(skb)->frag_list): it leaves in pieces as it came.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace natstep::model {

struct Assembled {
  std::uint32_t max_size = 0;         // the largest fragment, header included; 0: never in pieces
  std::size_t begins_at = 0;          // where the payload of the first piece stands in the packet
  std::size_t named_at = 0;           // IPv6: the byte that names what stands there
  bool df_on_largest = false;         // no fragment without DF was larger than those with it
  std::vector<std::size_t> pieces{};  // bytes of payload of each, in ascending order

  explicit operator bool() const { return max_size != 0; }

  /// pskb_may_pull: moves payload from the pieces behind the first into the first, until that
  /// reaches `end` of the packet. Without so many bytes in all it does nothing.
  void pull_to(std::size_t end) {
    const std::size_t bytes = end - std::min(end, begins_at);
    if (pieces.empty() || pieces.front() >= bytes) return;
    if (std::accumulate(pieces.begin(), pieces.end(), std::size_t{0}) < bytes) return;
    while (pieces.front() < bytes) {
      const std::size_t moved = std::min(bytes - pieces.front(), pieces[1]);
      pieces.front() += moved;
      pieces[1] -= moved;
      if (pieces[1] == 0) pieces.erase(pieces.begin() + 1);
    }
  }
};

}  // namespace natstep::model
