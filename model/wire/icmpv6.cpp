// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/icmpv6.h"

#include <array>

namespace natstep::wire {
namespace icmpv6 {
namespace {

constexpr auto all_names = std::to_array<Name>({
    {"echo-request", echo_request, 0},
    {"echo-reply", echo_reply, 0},
    {"no-route", unreachable, no_route},
    {"admin-prohibited", unreachable, admin_prohibited},
    {"beyond-scope", unreachable, beyond_scope},
    {"address-unreachable", unreachable, address_unreachable},
    {"port-unreachable", unreachable, port_unreachable},
    {"policy-failed", unreachable, policy_failed},
    {"reject-route", unreachable, reject_route},
    {"packet-too-big", packet_too_big, 0},
    {"time-exceeded", time_exceeded, 0},
    {"reassembly-time-exceeded", time_exceeded, 1},
    {"parameter-problem", parameter_problem, 0},
    {"unknown-next-header", parameter_problem, 1},
    {"unknown-option", parameter_problem, 2},
    {"listener-query", listener_query, 0},
    {"listener-report", listener_report, 0},
    {"listener-done", listener_done, 0},
    {"router-solicitation", router_solicitation, 0},
    {"router-advertisement", router_advertisement, 0},
    {"neighbour-solicitation", neighbour_solicitation, 0},
    {"neighbour-advertisement", neighbour_advertisement, 0},
    {"redirect", redirect, 0},
    {"node-information-query", node_information_query, 0},
    {"node-information-reply", node_information_reply, 0},
    {"listener-report-v2", listener_report_v2, 0},
    {"multicast-router-advertisement", multicast_router_advertisement, 0},
    {"multicast-router-solicitation", multicast_router_solicitation, 0},
    {"multicast-router-termination", multicast_router_termination, 0},
});

}  // namespace

std::span<const Name> names() {
  return all_names;
}

std::string_view name_of(std::uint8_t t, std::uint8_t c) {
  return icmp::name_of(all_names, t, c);
}

}  // namespace icmpv6

Bytes build(const Icmpv6Header& header, const Address& src, const Address& dst, ByteView payload) {
  Bytes bytes;
  bytes.reserve(icmpv6::size + payload.size());
  bytes.resize(icmpv6::size);
  bytes.insert(bytes.end(), payload.begin(), payload.end());

  const Icmpv6Edit edit(bytes);
  edit.set_type(header.type);
  edit.set_code(header.code);
  edit.set_rest(header.rest);
  const std::uint32_t seed = pseudo_header_sum(src, dst, ip_protocol::icmpv6, bytes.size());
  edit.set_checksum(header.checksum ? *header.checksum : internet_checksum(bytes, seed));
  return bytes;
}

}  // namespace natstep::wire
