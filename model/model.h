// SPDX-License-Identifier: GPL-2.0-or-later
// The reference model: a state, a stimulus, a prediction. The only way in.
//
// The model is pure: no clock, no randomness, no input or output, no globals. Time is a label on a
// step; freedom of the kernel is a question to the Chooser.
#pragma once

#include "model/choice.h"
#include "model/clause.h"
#include "model/conntrack/conn.h"
#include "model/conntrack/conntrack.h"
#include "model/fragments/reassembly.h"
#include "model/frames.h"
#include "model/hook_plan.h"
#include "model/profile.h"
#include "model/router/fib.h"
#include "model/router/fib6.h"
#include "model/rules/ruleset.h"
#include "model/topology.h"
#include "model/walk.h"

#include <bitset>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::model {

/// Something that happens to the box.
struct Stimulus {
  enum class Kind : std::uint8_t {
    inject,  // `packet` arrives on `port`
    send,    // the box itself sends `packet` (a raw socket with its own IP header: LOCAL_OUT)
  } kind = Kind::inject;
  PortId port = no_port;
  wire::ByteView packet;  // L3 bytes, as on the wire; must outlive the step
  /// Whether the checksum of TCP or UDP is complete, or the pseudo-header's sum that a device is to
  /// complete (CHECKSUM_PARTIAL).
  enum class Checksum : std::uint8_t { complete, partial } checksum = Checksum::complete;
  std::uint16_t segment = 0;  // bytes of payload in each segment of a packet of many; 0: it is one
  std::uint64_t at = 0;       // seconds since the scenario began
};

/// What became of the stimulus packet itself.
enum class Fate : std::uint8_t {
  forwarded,
  sent,          // left the box as its own
  delivered,     // reached LOCAL_IN's end
  not_received,  // ip_rcv refused it before any hook
  dropped_by_rule,
  dropped_by_conntrack,
  dropped_by_nat,
  dropped_by_routing,  // martian, no route, TTL, MTU
  dropped_at_confirm,  // clash
  stolen,              // kept by defragmentation
  queued,              // waits for user space
  no_packet,           // the step was an event
};
std::string_view to_string(Fate fate);

/// What the model says that the kernel does with one stimulus.
struct Prediction {
  FrameList frames;  // in the order in which they leave
  Fate fate{};
  std::string_view reason;  // a static sentence: "no route to the destination"
  Walk walk;                // per WalkDetail
  std::vector<BoundChoice> choices;
  ClauseSet clauses;                       // reached by this step
  bool untracked = false;                  // a rule took the stimulus packet out of tracking
  std::optional<std::string> unspecified;  // the model does not know, and why: inconclusive

  void clear();  // keeps the capacity of the vectors, so that a step need not allocate
};

/// What a limit, a quota or a counter of the rules remembers.
struct Meter {
  bool started = false;
  std::uint64_t value = 0;
  std::uint64_t at = 0;  // seconds
};
struct Held;

struct State {
  Profile profile;
  Topology topology;
  Ruleset rules;
  HookPlan plan;   // follows from `rules`, see prepare()
  HookPlan plan6;  // the same for IPv6
  Fib fib;         // follows from `topology`, likewise
  Fib6 fib6;
  ConntrackTable conntrack;
  Reassembly reassembly;
  std::vector<Meter> meters;               // grows as the rules ask
  std::deque<std::shared_ptr<Held>> held;  // packets in user space's queues, the oldest first
  std::optional<Clause> broken;  // --break: this clause is replaced by its deliberate defect
  WalkDetail detail = WalkDetail::none;
};

/// Compiles the plan of the hooks and the routing table. Whoever changes `rules`, `topology` or
/// `profile` calls this before the next step; the first step of a fresh state does it by itself.
void prepare(State& state);

/// Advances `state` by one stimulus and writes what must be seen into `out` (which is cleared
/// first).
void step(State& state, const Stimulus& stimulus, Chooser& chooser, Prediction& out);

}  // namespace natstep::model
