// SPDX-License-Identifier: GPL-2.0-or-later
// A packet on its way through the model (what struct sk_buff is to the kernel), and the context of
// the step it is in.
#pragma once

#include "model/conntrack/conn.h"
#include "model/fragments/assembled.h"
#include "model/model.h"
#include "model/network_header.h"
#include "model/router/compiled_options.h"
#include "model/topology.h"
#include "model/wire/bytes.h"

#include <cstdint>
#include <optional>

namespace natstep::model {

enum class Missing : std::uint8_t;  // model/missing.h

struct Packet {
  wire::Bytes bytes;  // from the network header on
  PortId in = no_port;
  PortId out = no_port;
  Conn* conn = nullptr;  // holds a reference, see ConntrackTable
  CtInfo ctinfo = CtInfo::is_new;
  std::optional<ConnTemplate> conn_template{};  // until conntrack has seen the packet
  std::uint32_t mark = 0;
  bool untracked = false;  // notrack: conn is null and ctinfo is untracked
  bool route_stale =
      false;  // NAT changed the destination: the routing decision must be made (again)
  PortId rerouted_to =
      no_port;  // NAT at LOCAL_OUT made a new route; the hook's other chains still see `out`
  CompiledOptions options;             // IPv4
  bool from_box = false;               // began at LOCAL_OUT
  bool entry_given_back = false;       // nf_reset_ct: conn is null, and was not
  bool about_no_flow = false;          // the box's own error about a packet that had no entry
  bool header_is_the_senders = false;  // a raw socket's: the box has not read its options
  Assembled assembled;                 // it was put together from fragments
  bool checksum_partial = false;       // CHECKSUM_PARTIAL: the checksum of TCP or UDP is the
                                       // pseudo-header's sum alone until the packet leaves
  std::uint8_t checksum_of = 0;    // csum_offset: the protocol in whose header it stands; 0: the
                                   // packet's own
  bool checksum_verified = false;  // csum_valid: conntrack has summed it up, and it was right
  std::uint16_t verified_sum = 0;  // skb->csum then, of all bytes; IPv6
  std::uint16_t segment = 0;       // payload in each segment of a packet of many (gso_size); 0: it
                                   // is one itself
  bool adjustment_due = false;     // a helper has changed lengths in this connection before
  std::uint32_t number = 0;        // WalkStep::packet
  std::uint16_t queue = 0;         // of user space, for Verdict::queue

  [[nodiscard]] bool tracked() const { return conn != nullptr; }
  [[nodiscard]] wire::AddressFamily family() const { return family_of(bytes); }
  [[nodiscard]] bool is_ipv6() const { return model::is_ipv6(bytes); }
};

/// Writes the sum of the pseudo-header where the checksum of TCP or UDP will be: what is left to
/// the device. A helper may take any transport header for that of its own protocol (`taken_for`).
void leave_checksum_to_device(Packet& packet, std::uint8_t taken_for = 0);
/// skb_checksum_help: completes what was left.
void complete_checksum(Packet& packet);

/// What every function of the model gets: the state it works on, where it reports, and whether a
/// clause holds.
class Step {
 public:
  Step(State& state, Chooser& chooser, Prediction& out, std::uint64_t now)
      : state_(state), chooser_(chooser), out_(out), now_(now) {}

  /// Records that `clause` was reached, and says whether it is intact. The caller does what the
  /// clause says when true and the deliberate defect when false:  `if (!step.holds(Clause::x))
  /// return wrong_thing();`
  bool holds(Clause clause) {
    out_.clauses.set(static_cast<std::size_t>(clause));
    return state_.broken != clause;
  }

  /// Puts the question to the Chooser, checks and records the answer.
  std::uint32_t choose(const Choice& choice);

  /// Adds a step to the walk when the detail asks for it. `what` is only called then.
  template <typename What>
  void walk(Actor actor, Hook hook, std::int32_t priority, std::string_view function,
            const Packet& packet, Verdict verdict, What&& what) {
    if (!walks_fully()) return;
    record(actor, hook, priority, function, packet, verdict, std::string(what()));
  }
  /// The same for the kernel's function that stands at `hook` for `actor`.
  template <typename What>
  void walk(Actor actor, Hook hook, std::int32_t priority, const Packet& packet, Verdict verdict,
            What&& what) {
    if (!walks_fully()) return;
    walk(actor, hook, priority, function_at(actor, hook, packet), packet, verdict, what);
  }
  /// Whether steps of the walk are recorded, so that what only they need is worth computing.
  [[nodiscard]] bool walks_fully() const { return state_.detail == WalkDetail::full; }
  /// A tap: recorded from WalkDetail::taps on.
  void tap(Hook hook, std::int32_t priority, const Packet& packet);

  /// The model does not know what happens here; the first reason stays. To leave something out,
  /// give it an entry in model/missing.def.
  void unspecified(Missing missing, std::string_view detail = {});

  /// The number of the next packet that the box makes in this step: 1, 2, ...
  std::uint32_t next_packet_number() { return ++packets_made_; }

  /// A packet of the box's own on its way, and all that comes of it. A box that answers its own
  /// answers, which a deliberate defect can make it do, would never end.
  class OwnPacket {
   public:
    explicit OwnPacket(Step& step) : step_(step) { ++step_.own_packets_; }
    ~OwnPacket() { --step_.own_packets_; }
    OwnPacket(const OwnPacket&) = delete;
    OwnPacket& operator=(const OwnPacket&) = delete;
    [[nodiscard]] bool is_one_of_too_many() const { return step_.own_packets_ > most_own_packets; }

   private:
    static constexpr std::uint32_t most_own_packets = 16;
    Step& step_;
  };

  [[nodiscard]] State& state() { return state_; }
  [[nodiscard]] const Topology& topology() const { return state_.topology; }
  [[nodiscard]] const Settings& settings() const { return state_.topology.settings; }
  [[nodiscard]] const Profile& profile() const { return state_.profile; }
  [[nodiscard]] const Ruleset& rules() const { return state_.rules; }
  /// What stands at the hooks of the packet's family.
  [[nodiscard]] const HookPlan& plan(const Packet& packet) const {
    return packet.is_ipv6() ? state_.plan6 : state_.plan;
  }
  [[nodiscard]] ConntrackTable& conntrack() { return state_.conntrack; }
  [[nodiscard]] Prediction& out() { return out_; }
  [[nodiscard]] std::uint64_t now() const { return now_; }

 private:
  [[nodiscard]] std::string_view function_at(Actor actor, Hook hook, const Packet& packet) const;
  void record(Actor actor, Hook hook, std::int32_t priority, std::string_view function,
              const Packet& packet, Verdict verdict, std::string what);

  State& state_;
  Chooser& chooser_;
  Prediction& out_;
  std::uint64_t now_;
  std::uint32_t packets_made_ = 0;
  std::uint32_t own_packets_ = 0;  // that came of each other and are on their way
};

}  // namespace natstep::model
