// SPDX-License-Identifier: GPL-2.0-or-later
// Every type of DCCP packet, from either end, with long numbers and with short ones, in every state
// of a connection.
#include "harness/sweeps/sweep.h"

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// One packet, and who sends it.
struct Packet {
  bool from_server = false;
  std::string_view what;
};

/// The way into a state.
struct Way {
  std::string_view state;
  std::vector<Packet> packets;
};

const std::vector<Way>& ways() {
  static const Packet request{.what = "REQUEST seq 1000"};
  static const Packet response{.from_server = true, .what = "RESPONSE seq 7000 ack 1000"};
  static const Packet ack{.what = "ACK seq 1001 ack 7000"};
  static const Packet data{.from_server = true, .what = "DATA seq 7001"};
  static const Packet close_request{.from_server = true, .what = "CLOSEREQ seq 7002 ack 1001"};
  static const Packet close{.what = "CLOSE seq 1002 ack 7001"};
  static const Packet reset{.from_server = true, .what = "RESET seq 7003 ack 1002"};
  static const Packet called_back{.from_server = true, .what = "REQUEST seq 8000"};
  static const Packet answered{.what = "RESPONSE seq 3000 ack 8000"};
  static const std::vector<Way> all{
      {"none", {}},
      {"request", {request}},
      {"respond", {request, response}},
      {"partopen", {request, response, ack}},
      {"open", {request, response, ack, data}},
      {"closereq", {request, response, ack, data, close_request}},
      {"closing", {request, response, ack, data, close}},
      {"timewait", {request, response, ack, data, reset}},
      {"reopened", {request, response, ack, data, reset, request}},
      {"called_back", {request, response, ack, data, reset, called_back}},
      {"other_roles", {request, response, ack, data, reset, called_back, answered}},
      {"request_ignored", {request, response, ack, data, request}},
      {"call_ignored", {request, response, ack, data, called_back}}};
  return all;
}

std::string line(bool from_server, unsigned port, std::string_view what) {
  if (from_server)
    return fmt::format("in wan dccp 198.51.100.9:5004 > 203.0.113.1:{} {}\n", port, what);
  return fmt::format("in lan dccp 10.0.1.2:{} > 198.51.100.9:5004 {}\n", port, what);
}

/// The type in question, then an answer and data from each end: what was remembered of the packet,
/// and the roles, show only then.
std::string scenario(const Way& way, bool from_server, bool is_short) {
  std::string text =
      "topology router\nnft {\n  table ip sweep {\n    chain post { type nat hook postrouting "
      "priority srcnat; oifname \"wan\" masquerade; }\n    chain in { type filter hook input "
      "priority filter; drop; }\n  }\n}\n";
  constexpr unsigned types = 16;
  for (unsigned type = 0; type < types; ++type) {
    const unsigned port = 40000 + type;
    for (const Packet& packet : way.packets)
      text += line(packet.from_server, port, packet.what);
    const auto numbers = is_short ? "x 0 seq24 9000" : "seq 9000";
    text += line(from_server, port, fmt::format("type {} {} payload 16", type, numbers)) +
            line(!from_server, port, "RESPONSE seq 9500 ack 9000") +
            line(from_server, port, "ACK seq 9001 ack 9500") +
            line(!from_server, port, "DATA seq 9501") + line(from_server, port, "DATA seq 9002");
  }
  return text;
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Way& way : ways())
    for (const bool from_server : {false, true})
      for (const bool is_short : {false, true}) {
        all.push_back({.name = fmt::format("{}_{}{}", way.state, from_server ? "server" : "client",
                                           is_short ? "_short" : ""),
                       .text = [&way, from_server, is_short] {
                         return scenario(way, from_server, is_short);
                       }});
      }
  return all;
}

}  // namespace

const Sweep sweep_dccp{
    .name = "dccp",
    .sentence = "Every type of DCCP packet, from either end, in every state of a connection.",
    .taps = SweepTaps::without,
    .cases = cases};

}  // namespace natstep::harness
