// SPDX-License-Identifier: GPL-2.0-or-later
// ICMP and ICMPv6 errors that quote every length of a packet. RFC 792 asks for the IP header and
// eight bytes, RFC 1812 section 4.3.2.3 for as much as fits; what routers really quote lies
// anywhere between.
#include "harness/sweeps/flows.h"
#include "harness/sweeps/sweep.h"

#include <span>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using namespace sweep;

constexpr std::array<std::string_view, 5> errors{
    "port-unreachable", "time-exceeded", "frag-needed mtu 1400", "parameter-problem pointer 1",
    "redirect gateway 10.9.9.9"};
constexpr std::array<std::string_view, 5> errors_of_ipv6{
    "port-unreachable", "time-exceeded", "packet-too-big mtu 1400", "unknown-option pointer 42",
    "type 100 code 7"};

std::span<const std::string_view> errors_of(Family family) {
  return family == Family::ipv6 ? std::span(errors_of_ipv6) : std::span(errors);
}

enum class Teller : std::uint8_t { peer, router };

/// Who complains about what: whoever is on `side` about a packet that came to it.
struct Complaint {
  Flow flow;
  bool about_answers = false;  // the opener's side complains about an answer
  Teller teller{};
  std::string_view error;
  std::string_view checksum;  // of the quoted transport header

  [[nodiscard]] const Side& side() const { return about_answers ? flow.opener : flow.answerer; }
};

/// The quoted packet in full: what follows its endpoints, and its size in bytes.
struct Quote {
  std::string rest;
  std::size_t size = 0;
};

Quote quote_of(const Complaint& complaint) {
  const std::size_t header = complaint.flow.family == Family::ipv6 ? 40 : 20;
  switch (complaint.flow.protocol) {
    case Protocol::udp:
      return {.rest = "payload 12", .size = header + 20};
    case Protocol::tcp:
      return {.rest = "ACK seq 1001 ack 5001 payload 12", .size = header + 32};
    case Protocol::icmp:
      return {.rest = complaint.about_answers ? "echo-reply id 7 seq 1 payload 12"
                                              : "echo-request id 7 seq 1 payload 12",
              .size = header + 20};
  }
  return {};
}

std::string scenario(const Complaint& complaint) {
  const Side& side = complaint.side();
  const Quote quote = quote_of(complaint);
  const std::string_view teller = complaint.teller == Teller::peer ? side.near : side.router;
  std::string text = complaint.flow.box() + complaint.flow.opening();
  for (std::size_t length = 0; length <= quote.size; ++length) {
    text += fmt::format("in {} {} {} > {} {} [ {} {} {} cut {} ]\n", side.port,
                        complaint.flow.icmp_word(), teller, side.far, complaint.error,
                        complaint.flow.to(side), quote.rest, complaint.checksum, length);
  }
  return text;
}

std::string name_of(const Complaint& complaint) {
  const std::string_view error = complaint.error.substr(0, complaint.error.find(' '));
  std::string name = fmt::format(
      "{}_{}_{}_{}_{}{}", to_string(complaint.flow.protocol), to_string(complaint.flow.mapping),
      complaint.about_answers ? "answer" : "question",
      complaint.teller == Teller::peer ? "peer" : "router", error, suffix(complaint.flow.family));
  if (complaint.checksum.empty()) return name;
  return name + (complaint.checksum == "checksum bad" ? "_bad-sum" : "_no-sum");
}

std::vector<std::string_view> checksums_of(Protocol protocol) {
  if (protocol == Protocol::udp) return {"", "checksum bad", "checksum absent"};
  return {"", "checksum bad"};
}

void add(const Complaint& complaint, std::vector<SweepCase>& cases) {
  cases.push_back(
      {.name = name_of(complaint), .text = [complaint] { return scenario(complaint); }});
}

/// Told that a ping of its own was too large for a path, the box would remember it.
bool box_would_remember(const Flow& flow, std::string_view error) {
  return flow.family == Family::ipv6 && flow.protocol == Protocol::icmp &&
         flow.mapping != Mapping::none && error.starts_with("packet-too-big");
}

void add_errors(const Flow& flow, std::vector<SweepCase>& cases) {
  for (const std::string_view error : errors_of(flow.family))
    for (const Teller teller : {Teller::peer, Teller::router})
      for (const bool about_answers : {false, true})
        for (const std::string_view checksum : checksums_of(flow.protocol)) {
          if (box_would_remember(flow, error)) continue;
          add({.flow = flow,
               .about_answers = about_answers,
               .teller = teller,
               .error = error,
               .checksum = checksum},
              cases);
        }
}

std::vector<SweepCase> cases() {
  std::vector<SweepCase> all;
  for (const Family family : families)
    for (const Protocol protocol : protocols)
      for (const Mapping mapping : mappings)
        add_errors(flow(protocol, mapping, family), all);
  return all;
}

}  // namespace

const Sweep sweep_icmp_error{
    .name = "icmp_error",
    .sentence =
        "Every length of a quoted packet, by protocol, mapping, reporter, error and "
        "checksum.",
    .taps = SweepTaps::with,
    .cases = cases};

}  // namespace natstep::harness
