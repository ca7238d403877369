// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/ipv6_route.h"

#include "model/packet.h"
#include "tests/model/support.h"

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

wire::Address address(std::string_view text) {
  return wire::Address::parse(text).value_or(wire::Address{});
}

class Ipv6Route : public ::testing::Test {
 protected:
  Ipv6Route() {
    state_.topology.ports = {port("lan", {"fd00:1::1/64"}),
                             port("wan", {"2001:db8:203::1/64", "fd00:3::1/64"})};
    state_.topology.routes = {{.destination = *wire::Prefix::parse("::/0"),
                               .gateway = address("2001:db8:203::fe"),
                               .port = 1}};
    prepare(state_);
  }

  static Port port(std::string name, const std::vector<std::string_view>& prefixes) {
    Port made{.name = std::move(name), .addresses = {}};
    for (const std::string_view prefix : prefixes)
      made.addresses.push_back(wire::Prefix::parse(prefix).value_or(wire::Prefix{}));
    return made;
  }

  std::optional<wire::Address> source(std::string_view destination, PortId out) {
    Step step(state_, chooser_, prediction_, 0);
    return select_source_ipv6(step, address(destination), out);
  }
  RouteKind kind(std::string_view destination) {
    Step step(state_, chooser_, prediction_, 0);
    return route_output_ipv6(step, address(destination)).kind;
  }

  State state_;
  LowestChooser chooser_;
  Prediction prediction_;
};

TEST_F(Ipv6Route, TheSourceIsOfThePortAndOfTheDestinationsKind) {
  EXPECT_EQ(source("2001:db8:5::9", 1), address("2001:db8:203::1"));
  EXPECT_EQ(source("fd99::9", 1), address("fd00:3::1"));
  EXPECT_EQ(source("2001:db8:5::9", 0), address("fd00:1::1"));
}

TEST_F(Ipv6Route, ALinkLocalDestinationHasNoSourceElsewhere) {
  EXPECT_EQ(source("fe80::9", 0), address("fd00:1::1"));
}

TEST_F(Ipv6Route, TheBoxAnswersToItsAddressesAndToThatOfThePrefix) {
  EXPECT_EQ(kind("fd00:1::1"), RouteKind::local);
  EXPECT_EQ(kind("fd00:1::"), RouteKind::local);
  EXPECT_EQ(kind("fd00:1::2"), RouteKind::forward);
  EXPECT_TRUE(state_.fib6.is_own(address("fd00:1::1")));
  EXPECT_FALSE(state_.fib6.is_own(address("fd00:1::")));
  EXPECT_TRUE(state_.fib6.is_anycast(address("fd00:1::")));
}

}  // namespace
}  // namespace natstep::model
