// SPDX-License-Identifier: GPL-2.0-or-later
// Between the two vocabularies: the model's values and the kernel side's. Only the harness knows
// both.
#pragma once

#include "model/conntrack/conn.h"
#include "model/conntrack/tuple.h"
#include "model/hook.h"
#include "model/model.h"
#include "model/topology.h"
#include "netns/observation.h"

#include <string>
#include <vector>

namespace natstep::harness {

/// What CTA_TIMEOUT may show: the kernel counts in jiffies and prints whole seconds, so that an
/// entry refreshed this instant shows its timeout or one second less, and less again for every
/// second that the run took.
struct TimeoutWindow {
  std::uint32_t low = 0;   // seconds, inclusive
  std::uint32_t high = 0;  // seconds, inclusive
};

netns::CtTuple to_netns(const model::Tuple& tuple);
model::Tuple to_model(const netns::CtTuple& tuple);
/// The tuple of the flow that a packet of a script describes. One of DCCP without a header is of a
/// kernel that sees no ports there.
std::optional<netns::CtTuple> tuple_as_written(wire::ByteView packet);
/// The zone as its numbers in the two directions tell it.
model::Zone zone_of(const netns::CtEntry& entry);

/// The entry as ctnetlink would show it; counters only when the settings say that the kernel shows
/// them.
netns::CtEntry to_netns(const model::Conn& conn, const model::Settings& settings);

netns::TopologySpec to_netns(const model::Topology& topology);
netns::RouteSpec to_netns(const model::Route& route);
netns::HookNumber to_netns(model::Hook hook);
model::Hook to_model(netns::HookNumber hook);

/// "udp 10.0.1.2:4000 > 198.51.100.9:53".
std::string to_string(const netns::CtTuple& tuple);
/// The bits of CTA_STATUS by name: "seen_reply confirmed src_nat_done dst_nat_done".
std::string status_words(std::uint32_t status);
/// A TCP state as conntrack-tools print it: "SYN_SENT".
std::string tcp_state_word(std::uint8_t state);
std::string sctp_state_word(std::uint8_t state);
std::string dccp_state_word(std::uint8_t state);
/// The state of an entry whose protocol has one.
std::optional<std::string> state_word(const netns::CtEntry& entry);
/// The name of a port, "?" for one that the topology does not have.
std::string port_name(const model::Topology& topology, model::PortId port);

/// The packet in the notation, but for the middle of a long payload in hexadecimal: "... hex
/// 00010203 ... (1400 bytes)". For people; it does not read back.
std::string packet_in_brief(wire::ByteView packet);

/// "in lan udp ..." or "send udp ...", as a scenario has it.
std::string stimulus_line(const model::Topology& topology, model::PortId port,
                          wire::ByteView packet);
/// "out wan udp ..." a frame.
std::vector<std::string> frame_lines(const model::Topology& topology,
                                     const std::vector<netns::Frame>& frames);
/// The same frames in hexadecimal.
std::vector<std::string> frame_bytes(const std::vector<netns::Frame>& frames);

/// The timeouts that may be seen `elapsed_seconds` after the model's timeout was set.
TimeoutWindow timeout_window(std::uint32_t timeout, double elapsed_seconds);

}  // namespace natstep::harness
