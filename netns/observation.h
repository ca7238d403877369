// SPDX-License-Identifier: GPL-2.0-or-later
// What can be done to a device under test, and what can be seen of it. Plain values, the kernel
// side's own: netns does not know the model, and a recorded or remote kernel fills the same
// structures.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace natstep::netns {

/// An index into TopologySpec::ports.
using PortId = std::uint16_t;
inline constexpr PortId no_port = 0xffff;

struct PortSpec {
  std::string name;
  std::vector<wire::Prefix> addresses = {};
  std::uint32_t mtu = 1500;

  bool operator==(const PortSpec&) const = default;
};

enum class RouteType : std::uint8_t { unicast, unreachable, prohibit, blackhole };

struct RouteSpec {
  wire::Prefix destination = {};
  std::optional<wire::Address> gateway = {};
  PortId port = no_port;
  RouteType type = RouteType::unicast;

  bool operator==(const RouteSpec&) const = default;
};

struct SysctlSpec {
  std::string key;  // dotted: "net.netfilter.nf_conntrack_acct"
  std::string value;
};

struct TopologySpec {
  std::vector<PortSpec> ports = {};
  std::vector<RouteSpec> routes = {};
  bool offload = false;  // the ports can be given partial checksums

  bool operator==(const TopologySpec&) const = default;
};

/// A checksum that is left to a device: the sum of what begins at `start` belongs `offset` bytes
/// behind it, where the pseudo-header's sum stands until then.
struct PartialChecksum {
  std::uint16_t start = 0;
  std::uint16_t offset = 0;
};

/// A packet of many segments: what is left to a device is to cut it (GSO).
struct Segmentation {
  enum class Kind : std::uint8_t {
    tcp_ipv4 = 1,
    tcp_ipv6 = 4,
    udp = 5
  } kind{};                   // as virtio has it
  std::uint16_t headers = 0;  // bytes before the payload
  std::uint16_t payload = 0;  // bytes of it in each segment
};

struct Stimulus {
  enum class Kind : std::uint8_t { inject, send } kind = Kind::inject;
  PortId port = no_port;
  wire::ByteView packet = {};
  std::optional<PartialChecksum> partial = {};  // inject: the port must offload
  std::optional<Segmentation> segments = {};    // likewise, with `partial` only
};

struct Frame {
  PortId port = no_port;
  wire::Bytes bytes;
};

/// enum nf_inet_hooks.
enum class HookNumber : std::uint8_t {
  pre_routing = 0,
  local_in = 1,
  forward = 2,
  local_out = 3,
  post_routing = 4
};

/// The packet as a tap chain saw it.
struct TapRecord {
  HookNumber hook{};
  std::int32_t priority = 0;
  PortId in = no_port;
  PortId out = no_port;
  wire::Bytes bytes;
};

/// One direction of a conntrack entry as ctnetlink shows it. Ids as in model::Tuple: ports, or ICMP
/// id and (type << 8 | code).
struct CtTuple {
  wire::Address src = {};
  wire::Address dst = {};
  std::uint16_t src_id = 0;
  std::uint16_t dst_id = 0;
  std::uint8_t protocol = 0;
  std::uint16_t zone = 0;  // of this direction

  auto operator<=>(const CtTuple&) const = default;
};

struct CtCounters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;

  auto operator<=>(const CtCounters&) const = default;
};

/// How the numbers of one direction of TCP are shifted (CTA_SEQ_ADJ_*).
struct CtSeqAdjust {
  std::uint32_t position = 0;
  std::int32_t before = 0;
  std::int32_t after = 0;

  auto operator<=>(const CtSeqAdjust&) const = default;
};

/// Bit n is bit n % 8 of byte n / 8.
using Labels = std::array<std::uint8_t, 16>;

/// A conntrack entry as ctnetlink shows it.
struct CtEntry {
  CtTuple original = {};
  CtTuple reply = {};
  std::uint32_t status = 0;                   // CTA_STATUS
  std::optional<std::uint32_t> timeout = {};  // whole seconds left
  std::optional<std::uint32_t> mark = {};
  Labels labels{};          // none reads like all clear
  std::string helper = {};  // CTA_HELP_NAME; empty: none
  std::uint32_t id = 0;     // CTA_ID: constant for the entry's life
  std::optional<std::uint8_t> tcp_state = {};
  std::array<std::uint8_t, 2> tcp_wscale{};
  std::array<std::uint8_t, 2> tcp_flags{};
  std::optional<std::uint8_t> sctp_state = {};
  std::array<std::uint32_t, 2> sctp_vtag{};
  std::optional<std::uint8_t> dccp_state = {};
  std::uint8_t dccp_role = 0;  // of who sends in the original direction
  std::uint64_t dccp_handshake_seq = 0;
  std::optional<std::array<CtCounters, 2>> counters = {};     // only under nf_conntrack_acct
  std::optional<std::array<CtSeqAdjust, 2>> seq_adjust = {};  // only once something was shifted
};

/// An expectation as ctnetlink shows it (CTA_EXPECT_*).
struct CtExpectation {
  CtTuple tuple = {};
  CtTuple mask = {};
  CtTuple master = {};                        // the original tuple of the entry that expects it
  std::optional<CtTuple> nat = {};            // its source is what will be written as destination
  std::uint32_t nat_direction = 0;            // with `nat` only
  std::optional<std::uint32_t> timeout = {};  // whole seconds left
  std::uint32_t flags = 0;
  std::uint32_t expectation_class = 0;
  std::string helper = {};
  std::string function = {};
};

struct CtEvent {
  enum class Kind : std::uint8_t { created, updated, destroyed } kind{};
  CtEntry entry;
};

/// What CtObserver::take found: an entry or none for each tuple, and how many entries there were
/// before and are now.
struct CtTaken {
  std::vector<std::optional<CtEntry>> entries;
  std::uint32_t count_before = 0;
  std::uint32_t count_after = 0;
};

/// Per-namespace counters of IPCTNL_MSG_CT_GET_STATS_CPU, summed over the CPUs.
struct CtStats {
  std::uint32_t found = 0, invalid = 0, insert_failed = 0, drop = 0, early_drop = 0, error = 0,
                search_restart = 0, clash_resolve = 0, chaintoolong = 0;
  auto operator<=>(const CtStats&) const = default;
};

/// Which ports are read after a stimulus.
enum class Sweep : std::uint8_t {
  every_port,     // each one until it is empty
  expected_port,  // one read of `expected`; all ports when that finds nothing, and in any case
                  // every sweep_interval stimuli
};

/// An unexpected frame beside an expected one is seen at most this many stimuli later
/// (Sweep::expected_port).
inline constexpr std::uint32_t sweep_interval = 64;

/// What to look at after each stimulus.
struct ObserveOptions {
  bool taps = false;
  bool conntrack_events = false;
  bool expectations = false;
  Sweep sweep = Sweep::every_port;
  PortId expected = no_port;  // Sweep::expected_port only
};

/// What was seen of one stimulus.
struct Observation {
  std::vector<Frame> frames;    // by port; within a port in the order in which they came
  std::vector<TapRecord> taps;  // in order of time
  std::vector<CtEvent> events;  // in order of time
  std::vector<CtExpectation> expectations;  // that stand afterwards
  std::optional<std::string>
      refused;  // the kernel would not take the packet ("EINVAL: ..."): nothing was injected

  /// Empties everything; the frames' and taps' memory is kept for the next stimulus.
  void clear();
  Frame& add_frame(PortId port, wire::ByteView bytes);
  TapRecord& add_tap(wire::ByteView bytes);

  std::vector<wire::Bytes> spare;  // memory that clear() kept
};

}  // namespace natstep::netns
