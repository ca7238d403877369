// SPDX-License-Identifier: GPL-2.0-or-later
// Loopback traffic is the one thing that TUN does not make synchronous: it waits in the CPU's
// receive backlog, and a busy or virtual machine may work that off after the sender has returned.
// The backlog is first in, first out, and all namespaces of a CPU share it, so that a marker sent
// through it behind a packet says when the packet is through.
#pragma once

#include "netns/unique_fd.h"

#include <optional>

#include <sched.h>

namespace natstep::netns {

/// Keeps the thread on the CPU on which it is, whose backlog it fills, for as long as it lives.
class StayOnCpu {
 public:
  StayOnCpu();
  ~StayOnCpu();
  StayOnCpu(const StayOnCpu&) = delete;
  StayOnCpu& operator=(const StayOnCpu&) = delete;

 private:
  cpu_set_t before_{};
};

class Backlog {
 public:
  /// Leaves the thread in a fresh namespace, where the markers have a loopback of their own.
  Backlog();
  /// Returns when everything that this CPU's backlog held is through, and what came of it as well.
  /// The thread must not have changed its CPU since it sent (StayOnCpu).
  void wait();

 private:
  UniqueFd socket_;  // sends to itself
};

}  // namespace natstep::netns
