// SPDX-License-Identifier: GPL-2.0-or-later
// Sequence and acknowledgement numbers around every border of the windows, from either end.
#include "harness/sweeps/connection.h"
#include "harness/sweeps/sweep.h"

#include <array>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using namespace sweep;

/// How far from the next expected number: at the borders of a window of 1000 scaled by nothing or
/// by 7 bits, of the largest window, and of the whole space of numbers.
constexpr std::array<std::int64_t, 33> distances{
    -0x80000000LL, -0x7fffffffLL, -8388609, -128001, -128000,    -66001,    -66000, -65536, -65535,
    -1001,         -1000,         -999,     -2,      -1,         0,         1,      2,      998,
    999,           1000,          1001,     1002,    65534,      65535,     65536,  66000,  66001,
    127999,        128000,        128001,   8388480, 0x7fffffff, 0x40000000};

enum class What : std::uint8_t { seq, ack, both };

struct Question {
  Family family{};
  bool scaled = false;
  bool from_server = false;
  What what{};
  std::string_view flags;
};

std::uint32_t shifted(std::uint32_t from, std::int64_t by) {
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(from) + by);
}

std::string opening(const Question& question, unsigned port) {
  const std::string_view options = question.scaled ? "wscale 7" : "";
  return segment(question.family, false, port, fmt::format("SYN seq 100000 win 1000 {}", options)) +
         segment(question.family, true, port,
                 fmt::format("SYN,ACK seq 500000 ack 100001 win 1000 {}", options)) +
         segment(question.family, false, port, "ACK seq 100001 ack 500001 win 1000");
}

/// The segment, and one from the other end, which shows what the tracker believed.
std::string probe(const Question& question, unsigned port, std::int64_t distance) {
  const std::uint32_t next = question.from_server ? 500001 : 100001;
  const std::uint32_t acked = question.from_server ? 100001 : 500001;
  const std::uint32_t seq = question.what == What::ack ? next : shifted(next, distance);
  const std::uint32_t ack = question.what == What::seq ? acked : shifted(acked, distance);
  return segment(question.family, question.from_server, port,
                 fmt::format("{} seq {} ack {} win 1000 payload 1", question.flags, seq, ack)) +
         segment(question.family, !question.from_server, port,
                 fmt::format("ACK seq {} ack {} win 1000", acked, next));
}

std::string scenario(const Question& question) {
  std::string text = masquerading_box(question.family);
  unsigned port = 40000;
  for (const std::int64_t distance : distances) {
    text += opening(question, port) + probe(question, port, distance);
    ++port;
  }
  return text;
}

std::string name_of(const Question& question) {
  constexpr std::array<std::string_view, 3> words{"seq", "ack", "both"};
  std::string flags(question.flags);
  for (char& c : flags)
    if (c == ',') c = '-';
  return fmt::format("{}_{}_{}_{}{}", question.scaled ? "scaled" : "unscaled",
                     question.from_server ? "server" : "client",
                     words.at(static_cast<std::size_t>(question.what)), flags,
                     suffix(question.family));
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Family family : families)
    for (const bool scaled : {false, true})
      for (const bool from_server : {false, true})
        for (const What what : {What::seq, What::ack, What::both})
          for (const std::string_view flags :
               {"ACK", "FIN,ACK", "RST", "RST,ACK", "SYN", "SYN,ACK"}) {
            const Question question{.family = family,
                                    .scaled = scaled,
                                    .from_server = from_server,
                                    .what = what,
                                    .flags = flags};
            all.push_back(
                {.name = name_of(question), .text = [question] { return scenario(question); }});
          }
  return all;
}

}  // namespace

const Sweep sweep_tcp_window{
    .name = "tcp_window",
    .sentence = "Sequence and acknowledgement numbers around every border of the windows.",
    .taps = SweepTaps::without,
    .cases = cases};

}  // namespace natstep::harness
