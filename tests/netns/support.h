// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel side's tests share: a small router, packets with right checksums, and a fixture
// that leaves the process where it was.
#pragma once

#include "netns/kernel_dut.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace natstep::netns::testing {

inline constexpr PortId lan = 0;
inline constexpr PortId wan = 1;

inline constexpr const char* masquerade_rules =
    "table ip nat {\n"
    "  chain post { type nat hook postrouting priority srcnat; oifname \"wan\" masquerade; }\n"
    "}\n";

wire::Address address(std::string_view text);

/// lan 10.0.1.1/24, wan 203.0.113.1/24 with the default route.
TopologySpec router();

struct Endpoint {
  std::string_view address;
  std::uint16_t port = 0;
};

wire::Bytes udp(Endpoint from, Endpoint to, std::string_view payload = "ping");
wire::Bytes tcp_syn(Endpoint from, Endpoint to);
wire::Bytes echo_request(std::string_view from, std::string_view to, std::uint16_t id);

CtTuple tuple(std::uint8_t protocol, Endpoint from, Endpoint to);

/// Gives a KernelDut, or skips the test when the environment cannot have one; goes back to the
/// machine's namespace afterwards.
class KernelTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  Observation inject(PortId port, const wire::Bytes& packet);
  void configure_masquerading();

  std::unique_ptr<KernelDut> dut_;
};

}  // namespace natstep::netns::testing
