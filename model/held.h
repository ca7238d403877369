// SPDX-License-Identifier: GPL-2.0-or-later
// Packets that wait in user space's queues, each at the hook function that put it there. Source:
// net/netfilter/nf_queue.c, net/netfilter/nfnetlink_queue.c.
#pragma once

#include "model/hook.h"
#include "model/model.h"
#include "model/packet.h"

#include <cstddef>
#include <cstdint>

namespace natstep::model {

/// struct nf_queue_entry.
struct Held {
  Packet packet;  // keeps its entry, confirmed or not
  Hook hook{};
  std::size_t at = 0;  // index into the hook's list
  bool moved = false;  // user space has changed what its route depends on
};

/// nf_ct_drop_unconfirmed: not when somebody else has the packet's entry too, and it is in no
/// table.
bool may_wait(Step& step, const Packet& packet);

/// nf_queue: the packet waits; its bytes and its entry are no longer the caller's.
void hold(Step& step, Packet& packet, Hook hook, std::size_t at);

/// nf_queue_nf_hook_drop: every packet that waits is lost.
void drop_held(Step& step);

/// The entries that only packets in queues know `at` this moment: the kernel counts them and shows
/// none.
std::size_t unseen_entries(const State& state, std::uint64_t at);

}  // namespace natstep::model
