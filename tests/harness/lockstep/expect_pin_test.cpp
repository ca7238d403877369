// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/expect_pin.h"

#include "harness/lockstep/convert.h"
#include "harness/scenario/scenario_lines.h"
#include "model/conntrack/tuple.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

netns::CtTuple tuple(std::string_view text) {
  return to_netns(*model::tuple_of(wire::parse_packet(text).value().build({}).value()));
}

std::vector<netns::CtExpectation> table() {
  netns::CtExpectation expectation;
  expectation.tuple = tuple("tcp 198.51.100.9:0 > 203.0.113.1:5001 SYN");
  expectation.mask = tuple("tcp 255.255.255.255:0 > 255.255.255.255:65535 SYN");
  expectation.master = tuple("tcp 10.0.1.2:4000 > 198.51.100.9:21 SYN");
  expectation.nat = tuple("tcp 0.0.0.0:5001 > 0.0.0.0:0 SYN");
  expectation.timeout = 299;
  expectation.helper = "ftp";
  return {expectation};
}

std::optional<std::string> held(std::string_view text) {
  return expect_mismatch(read_expect_pin(text).value(), table(), 0, {});
}

TEST(ExpectPin, WordsThatHold) {
  EXPECT_EQ(held("tcp 198.51.100.9:* > 203.0.113.1:5001 timeout 300 port 5001 helper ftp"),
            std::nullopt);
}

TEST(ExpectPin, EachWordCanFail) {
  for (const std::string word : {"timeout 100", "port 5002", "helper irc"}) {
    EXPECT_NE(held("tcp 198.51.100.9:* > 203.0.113.1:5001 " + word), std::nullopt) << word;
  }
}

TEST(ExpectPin, OfAnotherPortThereIsNone) {
  EXPECT_EQ(held("tcp 198.51.100.9:* > 203.0.113.1:5002"), "there is no such expectation");
}

TEST(ExpectPin, AbsenceIsAPinAsWell) {
  auto pin = read_expect_pin("tcp 198.51.100.9:* > 203.0.113.1:5001").value();
  pin.absent = true;
  EXPECT_NE(expect_mismatch(pin, table(), 0, {}), std::nullopt);
  EXPECT_EQ(print_expect_pin(pin), "no expect tcp 198.51.100.9:* > 203.0.113.1:5001");
}

}  // namespace
}  // namespace natstep::harness
