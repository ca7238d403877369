// SPDX-License-Identifier: GPL-2.0-or-later
// A bad checksum at every layer: of the IP header, of what it carries, and of both inside a quoted
// packet; on the first packet of a flow and on a later one, with conntrack looking and not looking,
// and with the sum left to a device.
#include "harness/sweeps/flows.h"
#include "harness/sweeps/sweep.h"

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using namespace sweep;

enum class When : std::uint8_t { first, later };

/// What stands behind the packet's endpoints, by protocol.
std::string rest_of(Protocol protocol, When when) {
  switch (protocol) {
    case Protocol::udp:
      return "payload 12";
    case Protocol::tcp:
      return when == When::first ? "SYN seq 1000" : "ACK seq 1001 ack 5001 payload 12";
    case Protocol::icmp:
      return "echo-request id 7 seq 1 payload 12";
  }
  return {};
}

constexpr std::array<std::string_view, 4> sums{"", "checksum bad", "ip-checksum bad",
                                               "checksum bad ip-checksum bad"};

std::string packets(const Flow& flow, When when) {
  const bool can_be_left = flow.protocol != Protocol::icmp;
  std::string text;
  for (const std::string_view sum : sums) {
    const std::string packet =
        fmt::format("{} {} {}", flow.from(flow.opener), rest_of(flow.protocol, when), sum);
    text += fmt::format("in {} {}\n", flow.opener.port, packet);
    if (can_be_left) text += fmt::format("in {} offload {}\n", flow.opener.port, packet);
  }
  return text;
}

/// Errors about the opener's packet: each layer of the error, and each of the quote.
std::string complaints(const Flow& flow) {
  const Side& side = flow.answerer;
  std::string text;
  for (const std::string_view outer : sums)
    for (const std::string_view quoted : sums) {
      text +=
          fmt::format("in {} icmp {} > {} time-exceeded {} [ {} {} {} ]\n", side.port, side.router,
                      side.far, outer, flow.to(side), rest_of(flow.protocol, When::later), quoted);
    }
  return text;
}

std::string scenario(const Flow& flow, When when, int setting) {
  std::string text = flow.topology() +
                     fmt::format("sysctl net.netfilter.nf_conntrack_checksum = {}\n", setting) +
                     flow.rules();
  if (when == When::later) text += flow.opening();
  text += packets(flow, when);
  return when == When::later ? text + complaints(flow) : text;
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Protocol protocol : protocols)
    for (const Mapping mapping : mappings)
      for (const When when : {When::first, When::later})
        for (const int setting : {0, 1}) {
          all.push_back({.name = fmt::format("{}_{}_{}_{}", to_string(protocol), to_string(mapping),
                                             when == When::first ? "first" : "later",
                                             setting == 0 ? "unverified" : "verified"),
                         .text = [protocol, mapping, when, setting] {
                           return scenario(flow(protocol, mapping), when, setting);
                         }});
        }
  return all;
}

}  // namespace

const Sweep sweep_bad_checksums{
    .name = "bad_checksums",
    .sentence = "A bad checksum at every layer, by protocol, mapping and nf_conntrack_checksum.",
    .taps = SweepTaps::with,
    .cases = cases};

}  // namespace natstep::harness
