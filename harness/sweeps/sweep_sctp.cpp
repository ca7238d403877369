// SPDX-License-Identifier: GPL-2.0-or-later
// Every type of SCTP chunk, from either end, with the right tag and with a wrong one, in every
// state of an association.
#include "harness/sweeps/sweep.h"

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// One packet: who sends it, its tag, and its chunk. The client's tag is 17, the server's 34.
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
  static const Packet init{.what = "INIT tag 17 tsn 1"};
  static const Packet init_ack{.from_server = true, .what = "vtag 17 INIT_ACK tag 34 tsn 9"};
  static const Packet echo{.what = "vtag 34 COOKIE_ECHO"};
  static const Packet cookie_ack{.from_server = true, .what = "vtag 17 COOKIE_ACK"};
  static const Packet shutdown{.what = "vtag 34 SHUTDOWN tsn 1"};
  static const Packet shutdown_back{.from_server = true, .what = "vtag 17 SHUTDOWN tsn 1"};
  static const Packet shutdown_ack{.from_server = true, .what = "vtag 17 SHUTDOWN_ACK"};
  static const Packet heartbeat{.what = "vtag 34 HEARTBEAT"};
  static const Packet stray{.what = "vtag 34 SHUTDOWN_ACK"};
  static const Packet abort{.what = "vtag 34 ABORT"};
  static const std::vector<Way> all{
      {"none", {}},
      {"closed", {init}},
      {"cookie_wait", {init, init_ack}},
      {"cookie_echoed", {init, init_ack, echo}},
      {"established", {init, init_ack, echo, cookie_ack}},
      {"shutdown_sent", {init, init_ack, echo, cookie_ack, shutdown}},
      {"shutdown_recd", {init, init_ack, echo, cookie_ack, shutdown_back}},
      {"shutdown_ack_sent", {init, init_ack, echo, cookie_ack, shutdown, shutdown_ack}},
      {"heartbeat_sent", {heartbeat}},
      {"stray_shutdown_ack", {stray}},
      {"aborted", {init, init_ack, echo, cookie_ack, abort}}};
  return all;
}

/// What is between those of RFC 9260 and their like, the chunks of extensions, and the last.
constexpr std::array<unsigned, 20> other_types{15,  16,  63,  64,  127, 128, 129, 130, 131, 132,
                                               191, 192, 193, 194, 195, 200, 253, 254, 255, 14};
constexpr std::array<std::string_view, 15> words{
    "DATA",  "INIT",        "INIT_ACK",   "SACK",     "HEARTBEAT",    "HEARTBEAT_ACK",     "ABORT",
    "ERROR", "COOKIE_ECHO", "COOKIE_ACK", "SHUTDOWN", "SHUTDOWN_ACK", "SHUTDOWN_COMPLETE", "ECNE",
    "CWR"};

constexpr std::array<unsigned, 3> tags{17, 34, 99};

std::vector<std::string> chunks() {
  std::vector<std::string> all;
  for (const std::string_view word : words)
    all.push_back(word == "INIT" || word == "INIT_ACK" ? fmt::format("{} tag 51", word)
                                                       : std::string(word));
  for (const unsigned type : other_types)
    all.push_back(fmt::format("CHUNK type {}", type));
  return all;
}

std::string line(bool from_server, unsigned port, std::string_view what) {
  if (from_server)
    return fmt::format("in wan sctp 198.51.100.9:3868 > 203.0.113.1:{} {}\n", port, what);
  return fmt::format("in lan sctp 10.0.1.2:{} > 198.51.100.9:3868 {}\n", port, what);
}

/// What would be gone in three seconds is kept, so that a machine that is busy has the time to ask
/// for it.
constexpr std::string_view timeouts =
    "sysctl net.netfilter.nf_conntrack_sctp_timeout_cookie_wait = 61\n"
    "sysctl net.netfilter.nf_conntrack_sctp_timeout_cookie_echoed = 62\n"
    "sysctl net.netfilter.nf_conntrack_sctp_timeout_shutdown_sent = 63\n"
    "sysctl net.netfilter.nf_conntrack_sctp_timeout_shutdown_recd = 64\n"
    "sysctl net.netfilter.nf_conntrack_sctp_timeout_shutdown_ack_sent = 65\n"
    "sysctl net.netfilter.nf_conntrack_sctp_timeout_closed = 66\n";

constexpr std::size_t chunks_a_case = 7;

/// The chunk in question, then data from each end: what has become of the tags shows only then.
std::string scenario(const Way& way, bool from_server, unsigned tag, std::size_t first) {
  std::string text = fmt::format(
      "topology router\n{}nft {{\n  table ip sweep {{\n    chain post {{ type nat hook postrouting "
      "priority srcnat; oifname \"wan\" masquerade; }}\n    chain in {{ type filter hook input "
      "priority filter; drop; }}\n  }}\n}}\n",
      timeouts);
  const std::vector<std::string> all = chunks();
  for (std::size_t i = first; i < first + chunks_a_case; ++i) {
    const auto port = static_cast<unsigned>(40000 + i);
    for (const Packet& packet : way.packets)
      text += line(packet.from_server, port, packet.what);
    text += line(from_server, port, fmt::format("vtag {} {}", tag, all[i])) +
            line(false, port, "vtag 34 DATA") + line(true, port, "vtag 17 DATA");
  }
  return text;
}

std::vector<SweepCase> cases() {
  static_assert((words.size() + other_types.size()) % chunks_a_case == 0);
  std::vector<SweepCase> all;
  for (const Way& way : ways())
    for (const bool from_server : {false, true})
      for (const unsigned tag : tags)
        for (std::size_t first = 0; first < words.size() + other_types.size();
             first += chunks_a_case) {
          all.push_back({.name = fmt::format("{}_{}_tag_{}_chunks_{}", way.state,
                                             from_server ? "server" : "client", tag, first),
                         .text = [&way, from_server, tag, first] {
                           return scenario(way, from_server, tag, first);
                         }});
        }
  return all;
}

}  // namespace

const Sweep sweep_sctp{
    .name = "sctp",
    .sentence = "Every type of SCTP chunk, from either end, in every state of an association.",
    .taps = SweepTaps::without,
    .cases = cases};

}  // namespace natstep::harness
