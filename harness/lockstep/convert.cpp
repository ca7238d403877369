// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/convert.h"

#include "model/network_header.h"
#include "model/wire/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

constexpr std::uint8_t protocol_tcp = 6, protocol_dccp = 33, protocol_sctp = 132;

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 13> status_names{{
    {model::status::expected, "expected"},
    {model::status::seen_reply, "seen_reply"},
    {model::status::assured, "assured"},
    {model::status::confirmed, "confirmed"},
    {model::status::src_nat, "src_nat"},
    {model::status::dst_nat, "dst_nat"},
    {model::status::seq_adjust, "seq_adjust"},
    {model::status::src_nat_done, "src_nat_done"},
    {model::status::dst_nat_done, "dst_nat_done"},
    {model::status::dying, "dying"},
    {model::status::fixed_timeout, "fixed_timeout"},
    {model::status::nat_clash, "nat_clash"},
    {model::status::helper, "helper"},
}};

netns::RouteType to_netns(model::RouteType type) {
  switch (type) {
    case model::RouteType::unicast:
      return netns::RouteType::unicast;
    case model::RouteType::unreachable:
      return netns::RouteType::unreachable;
    case model::RouteType::prohibit:
      return netns::RouteType::prohibit;
    case model::RouteType::blackhole:
      return netns::RouteType::blackhole;
  }
  return netns::RouteType::unicast;
}

netns::CtSeqAdjust to_netns(const model::SeqAdjust& adjust) {
  return {.position = adjust.position, .before = adjust.before, .after = adjust.after};
}

netns::CtCounters to_netns(const model::Counters& counters) {
  return {.packets = counters.packets, .bytes = counters.bytes};
}

}  // namespace

netns::CtTuple to_netns(const model::Tuple& tuple) {
  return {.src = tuple.src,
          .dst = tuple.dst,
          .src_id = tuple.src_id,
          .dst_id = tuple.dst_id,
          .protocol = tuple.protocol};
}

model::Tuple to_model(const netns::CtTuple& tuple) {
  return {.src = tuple.src,
          .dst = tuple.dst,
          .src_id = tuple.src_id,
          .dst_id = tuple.dst_id,
          .protocol = tuple.protocol};
}

model::Zone zone_of(const netns::CtEntry& entry) {
  using enum model::ZoneDirections;
  if (entry.original.zone == entry.reply.zone) return {entry.original.zone, both};
  return entry.reply.zone == 0 ? model::Zone{entry.original.zone, original}
                               : model::Zone{entry.reply.zone, reply};
}

netns::CtEntry to_netns(const model::Conn& conn, const model::Settings& settings) {
  netns::CtEntry entry;
  entry.original = to_netns(conn.tuple[0]);
  entry.reply = to_netns(conn.tuple[1]);
  entry.status = conn.status;
  entry.timeout = conn.timeout;
  entry.mark = conn.mark;
  if (conn.help && conn.help->kind) entry.helper = model::to_string(*conn.help->kind);
  entry.original.zone = conn.zone.in(model::Direction::original);
  entry.reply.zone = conn.zone.in(model::Direction::reply);
  entry.labels = conn.labels;
  if (conn.tuple[0].protocol == protocol_tcp) {
    entry.tcp_state = static_cast<std::uint8_t>(conn.tcp.state);
    for (std::size_t d = 0; d < 2; ++d) {
      entry.tcp_wscale[d] = conn.tcp.seen[d].scale;
      entry.tcp_flags[d] = conn.tcp.seen[d].flags;
    }
  }
  if (conn.tuple[0].protocol == protocol_sctp) {
    entry.sctp_state = static_cast<std::uint8_t>(conn.sctp.state);
    entry.sctp_vtag = conn.sctp.vtag;
  }
  if (conn.dccp) {
    entry.dccp_state = static_cast<std::uint8_t>(conn.dccp->state);
    entry.dccp_role = static_cast<std::uint8_t>(conn.dccp->role[0]);
    entry.dccp_handshake_seq = conn.dccp->handshake_seq;
  }
  if (conn.has(model::status::seq_adjust) && conn.help && conn.help->seqadj) {
    entry.seq_adjust = {to_netns((*conn.help->seqadj)[0]), to_netns((*conn.help->seqadj)[1])};
  }
  if (settings.conntrack_acct) {
    entry.counters = {to_netns(conn.counters[0]), to_netns(conn.counters[1])};
  }
  return entry;
}

std::optional<netns::CtTuple> tuple_as_written(wire::ByteView packet) {
  const auto where = model::locate_l4(packet);
  if (!where) return std::nullopt;
  if (where->protocol == protocol_dccp && model::l4_of(packet, *where).empty()) {
    return netns::CtTuple{.src = model::source_of(packet),
                          .dst = model::destination_of(packet),
                          .protocol = where->protocol};
  }
  const auto tuple = model::tuple_of(packet, *where);
  return tuple ? std::optional(to_netns(*tuple)) : std::nullopt;
}

netns::RouteSpec to_netns(const model::Route& route) {
  return {.destination = route.destination,
          .gateway = route.gateway,
          .port = route.port,
          .type = to_netns(route.type)};
}

netns::TopologySpec to_netns(const model::Topology& topology) {
  netns::TopologySpec spec;
  for (const auto& port : topology.ports) {
    spec.ports.push_back({.name = port.name, .addresses = port.addresses, .mtu = port.mtu});
  }
  for (const auto& route : topology.routes)
    spec.routes.push_back(to_netns(route));
  return spec;
}

netns::HookNumber to_netns(model::Hook hook) {
  switch (hook) {
    case model::Hook::pre_routing:
      return netns::HookNumber::pre_routing;
    case model::Hook::local_in:
      return netns::HookNumber::local_in;
    case model::Hook::forward:
      return netns::HookNumber::forward;
    case model::Hook::local_out:
      return netns::HookNumber::local_out;
    case model::Hook::post_routing:
      return netns::HookNumber::post_routing;
  }
  return netns::HookNumber::pre_routing;
}

model::Hook to_model(netns::HookNumber hook) {
  switch (hook) {
    case netns::HookNumber::pre_routing:
      return model::Hook::pre_routing;
    case netns::HookNumber::local_in:
      return model::Hook::local_in;
    case netns::HookNumber::forward:
      return model::Hook::forward;
    case netns::HookNumber::local_out:
      return model::Hook::local_out;
    case netns::HookNumber::post_routing:
      return model::Hook::post_routing;
  }
  return model::Hook::pre_routing;
}

std::string to_string(const netns::CtTuple& tuple) {
  std::string text = model::to_string(to_model(tuple));
  if (tuple.zone != 0) text += fmt::format(" zone {}", tuple.zone);
  return text;
}

std::string status_words(std::uint32_t status) {
  std::string words;
  for (const auto& [bit, name] : status_names) {
    if ((status & bit) == 0) continue;
    if (!words.empty()) words += ' ';
    words += name;
    status &= ~bit;
  }
  if (status != 0) words += fmt::format("{}{:#x}", words.empty() ? "" : " ", status);
  return words.empty() ? "none" : words;
}

std::string tcp_state_word(std::uint8_t state) {
  static constexpr std::array<std::string_view, 10> names{
      "NONE",       "SYN_SENT", "SYN_RECV",  "ESTABLISHED", "FIN_WAIT",
      "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE",       "SYN_SENT2"};
  return state < names.size() ? std::string(names[state]) : fmt::format("state {}", state);
}

std::string sctp_state_word(std::uint8_t state) {
  static constexpr std::array<std::string_view, 9> names{
      "NONE",          "CLOSED",        "COOKIE_WAIT",       "COOKIE_ECHOED", "ESTABLISHED",
      "SHUTDOWN_SENT", "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT"};
  return state < names.size() ? std::string(names[state]) : fmt::format("state {}", state);
}

std::string dccp_state_word(std::uint8_t state) {
  static constexpr std::array<std::string_view, 8> names{"NONE", "REQUEST",  "RESPOND", "PARTOPEN",
                                                         "OPEN", "CLOSEREQ", "CLOSING", "TIMEWAIT"};
  return state < names.size() ? std::string(names[state]) : fmt::format("state {}", state);
}

std::optional<std::string> state_word(const netns::CtEntry& entry) {
  if (entry.tcp_state) return tcp_state_word(*entry.tcp_state);
  if (entry.sctp_state) return sctp_state_word(*entry.sctp_state);
  if (entry.dccp_state) return dccp_state_word(*entry.dccp_state);
  return std::nullopt;
}

std::string port_name(const model::Topology& topology, model::PortId port) {
  return port < topology.ports.size() ? topology.ports[port].name : "?";
}

TimeoutWindow timeout_window(std::uint32_t timeout, double elapsed_seconds) {
  const auto passed = 1 + static_cast<std::uint32_t>(std::floor(std::max(elapsed_seconds, 0.0)));
  return {.low = timeout > passed ? timeout - passed : 0, .high = timeout};
}

std::string packet_in_brief(wire::ByteView packet) {
  constexpr std::string_view word = " hex ";
  constexpr std::size_t shown = 64;  // digits
  std::string text = wire::print_packet(packet);
  std::size_t at = text.find(word);
  for (; at != std::string::npos; at = text.find(word, at)) {
    at += word.size();
    const std::size_t digits =
        std::min(text.find_first_not_of("0123456789abcdef", at), text.size()) - at;
    if (digits <= shown) continue;
    text.replace(at + shown, digits - shown, fmt::format(" ... ({} bytes)", digits / 2));
  }
  return text;
}

std::string stimulus_line(const model::Topology& topology, model::PortId port,
                          wire::ByteView packet) {
  const auto text = wire::print_packet(packet);
  if (port == model::no_port) return "send " + text;
  return fmt::format("in {} {}", port_name(topology, port), text);
}

std::vector<std::string> frame_lines(const model::Topology& topology,
                                     const std::vector<netns::Frame>& frames) {
  std::vector<std::string> lines;
  for (const auto& frame : frames) {
    lines.push_back(
        fmt::format("out {} {}", port_name(topology, frame.port), wire::print_packet(frame.bytes)));
  }
  return lines;
}

std::vector<std::string> frame_bytes(const std::vector<netns::Frame>& frames) {
  std::vector<std::string> bytes;
  for (const auto& frame : frames)
    bytes.push_back(fmt::format("{:02x}", fmt::join(frame.bytes, "")));
  return bytes;
}

}  // namespace natstep::harness
