// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/icmpv4.h"

#include <array>

namespace natstep::wire {
namespace icmpv4 {
namespace {

constexpr auto all_names = std::to_array<Name>({
    {"echo-request", echo_request, 0},
    {"echo-reply", echo_reply, 0},
    {"net-unreachable", unreachable, net_unreachable},
    {"host-unreachable", unreachable, host_unreachable},
    {"protocol-unreachable", unreachable, protocol_unreachable},
    {"port-unreachable", unreachable, port_unreachable},
    {"frag-needed", unreachable, fragmentation_needed},
    {"source-route-failed", unreachable, source_route_failed},
    {"net-unknown", unreachable, 6},
    {"host-unknown", unreachable, 7},
    {"net-prohibited", unreachable, 9},
    {"host-prohibited", unreachable, 10},
    {"admin-prohibited", unreachable, admin_prohibited},
    {"source-quench", source_quench, 0},
    {"redirect", redirect, 1},
    {"redirect-net", redirect, 0},
    {"redirect-tos-net", redirect, 2},
    {"redirect-tos-host", redirect, 3},
    {"time-exceeded", time_exceeded, 0},
    {"reassembly-time-exceeded", time_exceeded, 1},
    {"parameter-problem", parameter_problem, 0},
    {"router-advertisement", router_advertisement, 0},
    {"router-solicitation", router_solicitation, 0},
    {"timestamp-request", timestamp_request, 0},
    {"timestamp-reply", timestamp_reply, 0},
    {"information-request", information_request, 0},
    {"information-reply", information_reply, 0},
    {"address-mask-request", address_mask_request, 0},
    {"address-mask-reply", address_mask_reply, 0},
});

}  // namespace

std::span<const Name> names() {
  return all_names;
}

std::string_view name_of(std::uint8_t t, std::uint8_t c) {
  return icmp::name_of(all_names, t, c);
}

}  // namespace icmpv4

Bytes build(const Icmpv4Header& header, ByteView payload) {
  Bytes bytes;
  bytes.reserve(icmpv4::size + payload.size());
  bytes.resize(icmpv4::size);
  bytes.insert(bytes.end(), payload.begin(), payload.end());

  const Icmpv4Edit edit(bytes);
  edit.set_type(header.type);
  edit.set_code(header.code);
  edit.set_rest(header.rest);
  edit.set_checksum(header.checksum ? *header.checksum : internet_checksum(bytes));
  return bytes;
}

}  // namespace natstep::wire
