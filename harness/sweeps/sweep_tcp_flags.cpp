// SPDX-License-Identifier: GPL-2.0-or-later
// Every byte of TCP flags, from either end, in every state of a connection.
#include "harness/sweeps/connection.h"
#include "harness/sweeps/sweep.h"

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using namespace sweep;

/// One segment: who sends it, and what it is. The client's numbers begin at 1000, the server's at
/// 5000.
struct Segment {
  bool from_server = false;
  std::string_view what;
};

/// The way into a state, and the numbers with which each end would go on.
struct Way {
  std::string_view state;
  std::vector<Segment> segments;
  std::string_view client_next;
  std::string_view server_next;
};

const std::vector<Way>& ways() {
  static const Segment syn{.what = "SYN seq 1000"};
  static const Segment syn_ack{.from_server = true, .what = "SYN,ACK seq 5000 ack 1001"};
  static const Segment ack{.what = "ACK seq 1001 ack 5001"};
  static const Segment fin{.what = "FIN,ACK seq 1001 ack 5001"};
  static const Segment ack_of_fin{.from_server = true, .what = "ACK seq 5001 ack 1002"};
  static const Segment fin_back{.from_server = true, .what = "FIN,ACK seq 5001 ack 1002"};
  static const Segment last_ack{.what = "ACK seq 1002 ack 5002"};
  static const Segment crossing_syn{.from_server = true, .what = "SYN seq 5000"};
  static const Segment rst{.what = "RST,ACK seq 1001 ack 5001"};
  static const std::vector<Way> all{
      {"none", {}, "seq 1000 ack 0", "seq 5000 ack 1001"},
      {"syn_sent", {syn}, "seq 1001 ack 5001", "seq 5000 ack 1001"},
      {"syn_recv", {syn, syn_ack}, "seq 1001 ack 5001", "seq 5001 ack 1001"},
      {"established", {syn, syn_ack, ack}, "seq 1001 ack 5001", "seq 5001 ack 1001"},
      {"fin_wait", {syn, syn_ack, ack, fin}, "seq 1002 ack 5001", "seq 5001 ack 1002"},
      {"close_wait",
       {syn, syn_ack, ack, fin, ack_of_fin},
       "seq 1002 ack 5001",
       "seq 5001 ack 1002"},
      {"last_ack",
       {syn, syn_ack, ack, fin, ack_of_fin, fin_back},
       "seq 1002 ack 5002",
       "seq 5002 ack 1002"},
      {"time_wait",
       {syn, syn_ack, ack, fin, ack_of_fin, fin_back, last_ack},
       "seq 1002 ack 5002",
       "seq 5002 ack 1002"},
      {"close", {syn, syn_ack, ack, rst}, "seq 1001 ack 5001", "seq 5001 ack 1001"},
      {"syn_sent2", {syn, crossing_syn}, "seq 1001 ack 5001", "seq 5001 ack 1001"}};
  return all;
}

constexpr unsigned flag_bytes = 256;
constexpr unsigned flags_a_case = 16;
constexpr std::uint16_t first_client_port = 40000;

/// The segment in question, then one from each end: what the tracker has remembered shows only
/// then.
std::string probe(Family family, const Way& way, bool from_server, unsigned port, unsigned flags) {
  const std::string_view numbers = from_server ? way.server_next : way.client_next;
  return segment(family, from_server, port, fmt::format("flags {} {}", flags, numbers)) +
         segment(family, !from_server, port,
                 fmt::format("ACK {}", from_server ? way.client_next : way.server_next)) +
         segment(family, from_server, port, fmt::format("ACK {}", numbers));
}

std::string scenario(Family family, const Way& way, bool from_server, unsigned first) {
  std::string text = masquerading_box(family);
  for (unsigned flags = first; flags < first + flags_a_case; ++flags) {
    const unsigned port = first_client_port + flags;
    for (const Segment& step : way.segments)
      text += segment(family, step.from_server, port, step.what);
    text += probe(family, way, from_server, port, flags);
  }
  return text;
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Family family : families)
    for (const Way& way : ways())
      for (const bool from_server : {false, true})
        for (unsigned first = 0; first < flag_bytes; first += flags_a_case) {
          all.push_back(
              {.name = fmt::format("{}_{}_flags_{:02x}{}", way.state,
                                   from_server ? "server" : "client", first, suffix(family)),
               .text = [family, &way, from_server, first] {
                 return scenario(family, way, from_server, first);
               }});
        }
  return all;
}

}  // namespace

const Sweep sweep_tcp_flags{
    .name = "tcp_flags",
    .sentence = "Every byte of TCP flags, from either end, in every state of a connection.",
    .taps = SweepTaps::without,
    .cases = cases};

}  // namespace natstep::harness
