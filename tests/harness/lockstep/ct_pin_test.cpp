// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/ct_pin.h"

#include "harness/lockstep/convert.h"
#include "model/conntrack/conn.h"
#include "model/conntrack/tuple.h"
#include "model/wire/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

netns::CtTuple tuple(std::string_view text) {
  return to_netns(*model::tuple_of(wire::parse_packet(text).value().build({}).value()));
}

std::vector<netns::CtEntry> table() {
  netns::CtEntry entry;
  entry.original = tuple("tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN");
  entry.reply = tuple("tcp 198.51.100.9:80 > 203.0.113.1:4000 SYN");
  entry.status = model::status::confirmed | model::status::src_nat;
  entry.timeout = 119;
  entry.mark = 7;
  entry.tcp_state = 1;
  return {entry};
}

CtPin pin(std::string_view original, std::vector<std::string> words = {}) {
  CtPin result;
  result.original = wire::parse_packet(original).value();
  result.words = std::move(words);
  return result;
}

constexpr std::string_view flow = "tcp 10.0.1.2:4000 > 198.51.100.9:80";

std::optional<std::string> held(const CtPin& pin) {
  return ct_mismatch(pin, table(), 0, {});
}

TEST(CtPin, DccpHasPortsWhereTheKernelSeesThem) {
  netns::CtEntry entry;
  entry.original = tuple("dccp 10.0.1.2:4000 > 198.51.100.9:5004");
  entry.dccp_state = 4;
  const auto with_ports = pin("dccp 10.0.1.2:4000 > 198.51.100.9:5004", {"OPEN"});
  const auto without = pin("ip 10.0.1.2 > 198.51.100.9 proto 33");
  EXPECT_EQ(ct_mismatch(with_ports, {entry}, 0, {}), std::nullopt);
  EXPECT_NE(ct_mismatch(without, {entry}, 0, {}), std::nullopt);
  entry.original.src_id = entry.original.dst_id = 0;
  EXPECT_NE(ct_mismatch(with_ports, {entry}, 0, {}), std::nullopt);
  EXPECT_EQ(ct_mismatch(without, {entry}, 0, {}), std::nullopt);
}

TEST(CtPin, WordsThatHold) {
  EXPECT_EQ(held(pin(flow, {"unreplied", "unassured", "src-nat", "no-dst-nat", "confirmed",
                            "SYN_SENT", "timeout 120", "mark 7"})),
            std::nullopt);
}

TEST(CtPin, EachWordCanFail) {
  for (const auto* word : {"assured", "replied", "no-src-nat", "dst-nat", "no-nat", "ESTABLISHED",
                           "timeout 30", "mark 8", "packets 1"}) {
    EXPECT_NE(held(pin(flow, {word})), std::nullopt) << word;
  }
}

TEST(CtPin, ATimeoutCanBePinnedFromBelow) {
  EXPECT_EQ(held(pin(flow, {"timeout 60+"})), std::nullopt);
  EXPECT_EQ(held(pin(flow, {"timeout 120+"})), std::nullopt);
  EXPECT_THAT(held(pin(flow, {"timeout 240+"})), Optional(HasSubstr("240 or more")));
}

TEST(CtPin, TheReplyIsCompared) {
  auto said = pin(flow);
  said.reply = wire::parse_packet("tcp 198.51.100.9:80 > 203.0.113.1:4000").value();
  EXPECT_EQ(held(said), std::nullopt);
  said.reply = wire::parse_packet("tcp 198.51.100.9:80 > 203.0.113.1:4001").value();
  EXPECT_THAT(held(said), Optional(HasSubstr("203.0.113.1:4001")));
}

TEST(CtPin, AbsenceIsAPinAsWell) {
  auto none = pin("tcp 10.0.1.2:4001 > 198.51.100.9:80");
  EXPECT_THAT(held(none), Optional(HasSubstr("no such entry")));
  none.absent = true;
  EXPECT_EQ(held(none), std::nullopt);
  auto wrong = pin(flow);
  wrong.absent = true;
  EXPECT_THAT(held(wrong), Optional(HasSubstr("there is an entry")));
}

TEST(CtPin, TheReplyTuplesDirectionIsNotTheEntry) {
  EXPECT_THAT(held(pin("tcp 198.51.100.9:80 > 203.0.113.1:4000")),
              Optional(HasSubstr("no such entry")));
}

}  // namespace
}  // namespace natstep::harness
