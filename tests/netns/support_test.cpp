// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/netns/support.h"

#include "netns/unique_fd.h"

#include <algorithm>

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>

namespace natstep::netns::testing {
namespace {

using wire::store_be16;
using wire::store_be32;

/// The namespace in which the test program was started.
const UniqueFd machine(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));

constexpr std::size_t ip_size = 20;

std::uint32_t sum_of(wire::ByteView bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
  return sum;
}

/// RFC 1071.
std::uint16_t checksum(std::uint32_t sum) {
  while (sum > 0xffff)
    sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

wire::Bytes ipv4(std::uint8_t protocol, std::string_view from, std::string_view to,
                 const wire::Bytes& body) {
  wire::Bytes packet(ip_size);
  packet[0] = 0x45;
  store_be16(&packet[2], static_cast<std::uint16_t>(ip_size + body.size()));
  packet[8] = 64;
  packet[9] = protocol;
  store_be32(&packet[12], address(from).ipv4_value());
  store_be32(&packet[16], address(to).ipv4_value());
  store_be16(&packet[10], checksum(sum_of(packet)));
  packet.insert(packet.end(), body.begin(), body.end());
  return packet;
}

/// RFC 768: the sum over addresses, protocol and length that precedes the transport header's own.
std::uint32_t pseudo_header_sum(std::uint8_t protocol, Endpoint from, Endpoint to,
                                std::size_t size) {
  const std::uint32_t src = address(from.address).ipv4_value();
  const std::uint32_t dst = address(to.address).ipv4_value();
  return (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) + protocol +
         static_cast<std::uint32_t>(size);
}

wire::Bytes transport(std::uint8_t protocol, Endpoint from, Endpoint to, wire::Bytes body,
                      std::size_t checksum_offset) {
  store_be16(body.data(), from.port);
  store_be16(&body[2], to.port);
  const std::uint32_t sum = pseudo_header_sum(protocol, from, to, body.size()) + sum_of(body);
  store_be16(&body[checksum_offset], checksum(sum));
  return ipv4(protocol, from.address, to.address, body);
}

}  // namespace

wire::Address address(std::string_view text) {
  return wire::Address::parse(text).value();
}

TopologySpec router() {
  const auto prefix = [](std::string_view text) { return wire::Prefix::parse(text).value(); };
  return {
      .ports = {{.name = "lan", .addresses = {prefix("10.0.1.1/24")}},
                {.name = "wan", .addresses = {prefix("203.0.113.1/24")}}},
      .routes = {
          {.destination = prefix("0.0.0.0/0"), .gateway = address("203.0.113.254"), .port = wan}}};
}

wire::Bytes udp(Endpoint from, Endpoint to, std::string_view payload) {
  wire::Bytes body(8);
  store_be16(&body[4], static_cast<std::uint16_t>(body.size() + payload.size()));
  body.insert(body.end(), payload.begin(), payload.end());
  return transport(IPPROTO_UDP, from, to, std::move(body), 6);
}

wire::Bytes tcp_syn(Endpoint from, Endpoint to) {
  wire::Bytes body(20);
  store_be32(&body[4], 1000);
  body[12] = 5 << 4;
  body[13] = 0x02;
  store_be16(&body[14], 65535);
  return transport(IPPROTO_TCP, from, to, std::move(body), 16);
}

wire::Bytes echo_request(std::string_view from, std::string_view to, std::uint16_t id) {
  wire::Bytes body(8);
  body[0] = 8;
  store_be16(&body[4], id);
  store_be16(&body[2], checksum(sum_of(body)));
  return ipv4(IPPROTO_ICMP, from, to, body);
}

CtTuple tuple(std::uint8_t protocol, Endpoint from, Endpoint to) {
  return {.src = address(from.address),
          .dst = address(to.address),
          .src_id = from.port,
          .dst_id = to.port,
          .protocol = protocol};
}

void KernelTest::SetUp() {
  try {
    dut_ = std::make_unique<KernelDut>();
  } catch (const EnvironmentError& error) {
    if (error.kind == EnvironmentError::Kind::missing) GTEST_SKIP() << error.what();
    throw;
  }
}

void KernelTest::TearDown() {
  dut_.reset();
  (void)::setns(machine.get(),
                CLONE_NEWNET);  // refused after a user namespace, in which nothing can be disturbed
}

Observation KernelTest::inject(PortId port, const wire::Bytes& packet) {
  Observation observation;
  dut_->apply({.port = port, .packet = packet}, {.taps = true, .conntrack_events = true},
              observation);
  return observation;
}

void KernelTest::configure_masquerading() {
  ASSERT_FALSE(dut_->configure(router(), {}));
  ASSERT_FALSE(dut_->load_rules(RuleTool::nft, masquerade_rules));
}

}  // namespace natstep::netns::testing
