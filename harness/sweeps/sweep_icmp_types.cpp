// SPDX-License-Identifier: GPL-2.0-or-later
// Every ICMP and ICMPv6 type with every code that anybody has assigned, and the borders around
// them.
#include "harness/sweeps/flows.h"
#include "harness/sweeps/sweep.h"
#include "model/wire/icmpv4.h"

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using namespace sweep;

constexpr unsigned types = 256;
constexpr unsigned types_a_case = 8;
constexpr std::array<unsigned, 19> codes{0,  1,  2,  3,  4,  5,  6,  7,   8,  9,
                                         10, 11, 12, 13, 14, 15, 16, 127, 255};

/// The box answers a timestamp request with the time of day, which is nobody's to predict.
bool box_tells_the_time(unsigned type, const Flow& flow, const Side& side) {
  if (flow.family == Family::ipv6) return false;
  const bool to_box = side.far == "203.0.113.1" || side.far == "10.0.2.1";
  return type == wire::icmpv4::timestamp_request && to_box;
}

/// Each as an error about the flow, from the side that answers and from the one that asked.
std::string scenario(const Flow& flow, unsigned first) {
  std::string text = flow.box() + flow.opening();
  for (unsigned type = first; type < first + types_a_case; ++type)
    for (const unsigned code : codes)
      for (const Side* side : {&flow.answerer, &flow.opener}) {
        if (box_tells_the_time(type, flow, *side)) continue;
        text += fmt::format("in {} {} {} > {} type {} code {} rest 0x00070001 [ {} payload 12 ]\n",
                            side->port, flow.icmp_word(), side->near, side->far, type, code,
                            flow.to(*side));
      }
  return text;
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Family family : families)
    for (const Mapping mapping : mappings)
      for (unsigned first = 0; first < types; first += types_a_case) {
        all.push_back(
            {.name = fmt::format("{}_types_{}-{}{}", to_string(mapping), first,
                                 first + types_a_case - 1, suffix(family)),
             .text = [=] { return scenario(flow(Protocol::udp, mapping, family), first); }});
      }
  return all;
}

}  // namespace

const Sweep sweep_icmp_types{
    .name = "icmp_types",
    .sentence = "Every ICMP and ICMPv6 type, with the codes 0 to 16, 127 and 255.",
    .taps = SweepTaps::with,
    .cases = cases};

}  // namespace natstep::harness
