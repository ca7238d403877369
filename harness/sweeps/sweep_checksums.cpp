// SPDX-License-Identifier: GPL-2.0-or-later
// Every value that a checksum can have, through every kind of incremental update: the sums of an
// IPv4 header and of the transport header behind it run through all 65,536 values.
#include "harness/sweeps/flows.h"
#include "harness/sweeps/sweep.h"

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using namespace sweep;

constexpr unsigned words_a_case = 256;
constexpr unsigned words = 65536;

/// One word of the payload and the identification take every value; all else stays. So do both
/// sums.
std::string packet(const Flow& flow, const Side& side, unsigned word) {
  const std::string id =
      flow.family == Family::ipv4 ? fmt::format(" ip-id {}", word) : std::string();
  switch (flow.protocol) {
    case Protocol::udp:
      return fmt::format("{}{} hex {:04x}", flow.from(side), id, word);
    case Protocol::tcp:
      return fmt::format("{} ACK seq 1001 ack 5001{} hex {:04x}", flow.from(side), id, word);
    case Protocol::icmp:
      return fmt::format("{} echo-request id 7 seq 2{} hex {:04x}", flow.from(side), id, word);
  }
  return {};
}

std::string scenario(const Flow& flow, unsigned first) {
  std::string text = flow.box() + flow.opening();
  for (unsigned word = first; word < first + words_a_case; ++word)
    text += fmt::format("in {} {}\n", flow.opener.port, packet(flow, flow.opener, word));
  return text;
}

void add(Protocol protocol, Family family, std::vector<SweepCase>& cases) {
  for (unsigned first = 0; first < words; first += words_a_case) {
    // One of the mappings a case: every value meets one, every mapping meets a quarter of them.
    const Mapping mapping = mappings.at(first / words_a_case % mappings.size());
    cases.push_back({.name = fmt::format("{}_{}_{:04x}{}", to_string(protocol), to_string(mapping),
                                         first, suffix(family)),
                     .text = [=] { return scenario(flow(protocol, mapping, family), first); }});
  }
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Family family : families)
    for (const Protocol protocol : protocols)
      add(protocol, family, all);
  return all;
}

}  // namespace

const Sweep sweep_checksums{
    .name = "checksums",
    .sentence = "Every value of the IPv4, UDP, TCP, ICMP and ICMPv6 checksums.",
    .taps = SweepTaps::without,
    .cases = cases};

}  // namespace natstep::harness
