// SPDX-License-Identifier: GPL-2.0-or-later
// Every value of the small fields of an IPv4 or IPv6 header, and every length that a header can
// claim.
#include "harness/sweeps/flows.h"
#include "harness/sweeps/sweep.h"

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using namespace sweep;

constexpr unsigned byte_values = 256;

/// Gives every value of a field to a packet of an established flow.
std::string every_value(const Flow& flow, std::string_view field, unsigned values) {
  std::string text = flow.box() + flow.opening();
  for (unsigned value = 0; value < values; ++value) {
    text += fmt::format("in {} {} {} {} \"x\"\n", flow.opener.port, flow.from(flow.opener), field,
                        value);
  }
  return text;
}

/// The words of the header and the length of the packet, against 60 bytes that really came.
std::string every_length(const Flow& flow) {
  std::string text = flow.box() + flow.opening();
  for (unsigned ihl = 0; ihl < 16; ++ihl) {
    text +=
        fmt::format("in {} {} ihl {} payload 32\n", flow.opener.port, flow.from(flow.opener), ihl);
  }
  for (unsigned length = 0; length <= 70; ++length) {
    text += fmt::format("in {} {} ip-len {} payload 32\n", flow.opener.port, flow.from(flow.opener),
                        length);
  }
  return text;
}

std::string every_length_ipv6(const Flow& flow) {
  std::string text = flow.box() + flow.opening();
  for (unsigned length = 0; length <= 50; ++length) {
    text += fmt::format("in {} {} ip-len {} payload 32\n", flow.opener.port, flow.from(flow.opener),
                        length);
  }
  return text;
}

std::string every_udp_length(const Flow& flow) {
  std::string text = flow.box() + flow.opening();
  for (unsigned length = 0; length <= 50; ++length) {
    text += fmt::format("in {} {} len {} payload 32\n", flow.opener.port, flow.from(flow.opener),
                        length);
  }
  return text;
}

std::string every_cut(const Flow& flow) {
  std::string text = flow.box() + flow.opening();
  const bool ipv6 = flow.family == Family::ipv6;
  const unsigned first = ipv6 ? 40 : 20;
  for (unsigned length = first; length <= first + 40; ++length) {
    text += fmt::format("in {} {} {} cut {} ip-len {}\n", flow.opener.port, flow.from(flow.opener),
                        flow.protocol == Protocol::tcp ? "ACK seq 1001 ack 5001" : "payload 12",
                        length, ipv6 ? length - first : length);
  }
  return text;
}

/// What no mapping turns away is for the box, and which next headers it has a handler for depends
/// on the kernel.
std::vector<std::string_view> fields_of_ipv6(Mapping mapping) {
  const bool to_the_box = mapping == Mapping::destination || mapping == Mapping::both;
  if (to_the_box) return {"hlim", "tclass"};
  return {"hlim", "tclass", "next"};
}

void add_fields(Mapping mapping, std::vector<SweepCase>& cases) {
  const Flow udp = flow(Protocol::udp, mapping);
  const std::string_view name = to_string(mapping);
  for (const std::string_view field : {"ttl", "tos"}) {
    cases.push_back({.name = fmt::format("{}_{}", name, field),
                     .text = [udp, field] { return every_value(udp, field, byte_values); }});
  }
  const Flow udp6 = flow(Protocol::udp, mapping, Family::ipv6);
  for (const std::string_view field : fields_of_ipv6(mapping)) {
    cases.push_back({.name = fmt::format("{}_{}", name, field),
                     .text = [udp6, field] { return every_value(udp6, field, byte_values); }});
  }
  cases.push_back({.name = fmt::format("{}_lengths_ipv6", name),
                   .text = [udp6] { return every_length_ipv6(udp6); }});
  cases.push_back(
      {.name = fmt::format("{}_lengths", name), .text = [udp] { return every_length(udp); }});
  cases.push_back({.name = fmt::format("{}_udp_lengths", name),
                   .text = [udp] { return every_udp_length(udp); }});
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Mapping mapping : mappings) {
    add_fields(mapping, all);
    for (const Protocol protocol : protocols) {
      for (const Family family : families) {
        all.push_back({.name = fmt::format("{}_{}_cut{}", to_string(mapping), to_string(protocol),
                                           suffix(family)),
                       .text = [=] { return every_cut(flow(protocol, mapping, family)); }});
      }
    }
  }
  return all;
}

}  // namespace

const Sweep sweep_header{
    .name = "header",
    .sentence = "Every TTL, hop limit, traffic class, next header and length of a packet.",
    .taps = SweepTaps::with,
    .cases = cases};

}  // namespace natstep::harness
