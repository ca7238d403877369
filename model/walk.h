// SPDX-License-Identifier: GPL-2.0-or-later
// The walk: what each function at each hook did to a packet, in order.
#pragma once

#include "model/clause.h"
#include "model/hook.h"
#include "model/topology.h"
#include "model/wire/bytes.h"

#include <cstdint>
#include <string>
#include <vector>

namespace natstep::model {

/// How much of the walk a step records. Recording costs time; a benchmark records nothing.
enum class WalkDetail : std::uint8_t { none, taps, full };

/// Who acted.
enum class Actor : std::uint8_t {
  rules,      // a base chain
  tap,        // an observation point of the harness
  defrag,     // ipv4_conntrack_defrag
  conntrack,  // nf_conntrack_in
  nat,        // nf_nat_inet_fn and the chains it consults
  helper,     // ipv4_helper in old kernels
  confirm,    // nf_conntrack_confirm
  routing,    // the routing decision, TTL, own answers: between the hooks
};

struct WalkStep {
  Actor actor{};
  Hook hook{};                // for routing: the hook just left
  std::int32_t priority = 0;  // meaningless for routing
  std::string function;       // the kernel's name for it under the profile, or "chain ip nat post"
  std::string what;           // "new connection, unconfirmed", "dnat to 10.0.0.2:80"
  Verdict verdict = Verdict::accept;
  PortId in = no_port;
  PortId out = no_port;
  wire::Bytes bytes;         // the packet as it leaves this step
  std::uint32_t packet = 0;  // 0: the stimulus; 1, 2, ...: packets the box made in answer
};

using Walk = std::vector<WalkStep>;

}  // namespace natstep::model
