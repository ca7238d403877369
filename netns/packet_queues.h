// SPDX-License-Identifier: GPL-2.0-or-later
// User space's side of packet queues: packets that rules queue come as messages, and stay in the
// kernel until a verdict goes back. Everything is synchronous: a packet lies in the socket when the
// write that injected it returns, and a released one has left when the verdict was sent
// (nf_reinject runs in the sender's context).
#pragma once

#include "netns/event.h"
#include "netns/netlink.h"

#include <cstdint>
#include <deque>
#include <map>
#include <span>

namespace natstep::netns {

/// Closing it empties the queues: what waits is lost.
class PacketQueues {
 public:
  /// Belongs to the current namespace. Throws EnvironmentError.
  PacketQueues() : socket_(NETLINK_NETFILTER) {}

  /// Listens to these queues as well.
  void listen(std::span<const std::uint16_t> queues);

  /// Gives the verdict for the packet that has waited longest in its queue. Nothing happens when
  /// none waits, or when the kernel has dropped it meanwhile.
  void release(const QueueVerdict& verdict);
  /// Drops whatever waits.
  void drop_all();

 private:
  void bind(std::uint16_t queue);
  void collect();

  NetlinkSocket socket_;
  std::map<std::uint16_t, std::deque<std::uint32_t>> waiting_;  // packet ids; a key a bound queue
};

}  // namespace natstep::netns
