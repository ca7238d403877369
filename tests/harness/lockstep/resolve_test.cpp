// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/resolve.h"

#include "harness/lockstep/convert.h"
#include "model/wire/ipv4.h"
#include "model/wire/text.h"

#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

wire::Bytes bytes(std::string_view text) {
  return wire::parse_packet(text).value().build({}).value();
}
model::Tuple tuple(std::string_view text) {
  return model::tuple_of(bytes(text)).value();
}

/// A masqueraded flow whose port the kernel may choose.
model::Choice source_port() {
  model::Choice choice;
  choice.kind = model::ChoiceKind::source_id;
  choice.original = tuple("udp 10.0.1.3:4000 > 198.51.100.9:53");
  choice.wanted = tuple("udp 203.0.113.1:4000 > 198.51.100.9:53");
  return choice;
}

netns::CtEvent created(std::string_view original, std::string_view reply) {
  netns::CtEvent event{.kind = netns::CtEvent::Kind::created, .entry = {}};
  event.entry.original = to_netns(tuple(original));
  event.entry.reply = to_netns(tuple(reply));
  return event;
}

TEST(Resolve, TheEventOfTheEntryShowsThePort) {
  netns::Observation seen;
  seen.events.push_back(
      created("udp 10.0.1.9:1 > 198.51.100.9:53", "udp 198.51.100.9:53 > 203.0.113.1:1"));
  seen.events.push_back(
      created("udp 10.0.1.3:4000 > 198.51.100.9:53", "udp 198.51.100.9:53 > 203.0.113.1:777"));
  EXPECT_EQ(ObservationChooser(seen).choose(source_port()), 777u);
}

TEST(Resolve, TheFrameShowsThePort) {
  netns::Observation seen;
  seen.frames.push_back(
      {.port = 1, .bytes = bytes("udp 203.0.113.1:888 > 198.51.100.9:53 ttl 63")});
  EXPECT_EQ(ObservationChooser(seen).choose(source_port()), 888u);
}

TEST(Resolve, TheFirstPieceShowsTheFragmentId) {
  const auto piece = [](std::string_view id) {
    return bytes(
        "udp [fd00::2]:4000 > [2001:db8::9]:53 len 40 checksum absent mf payload 8 ip-id " +
        std::string(id));
  };
  model::Choice choice;
  choice.kind = model::ChoiceKind::fragment_id;
  choice.packet = piece("0");
  netns::Observation seen;
  EXPECT_EQ(ObservationChooser(seen).choose(choice), std::nullopt);
  seen.frames.push_back({.port = 1, .bytes = piece("3735928559")});
  EXPECT_EQ(ObservationChooser(seen).choose(choice), 3735928559u);
}

TEST(Resolve, TheLastTapShowsThePortOfAPacketThatIsDroppedLater) {
  auto choice = source_port();
  choice.wanted.src = choice.original.src;
  netns::Observation seen;
  const auto before = bytes("udp 10.0.1.3:4000 > 198.51.100.9:53"),
             after = bytes("udp 10.0.1.3:999 > 198.51.100.9:53");
  const auto at = netns::HookNumber::post_routing;
  seen.taps.push_back({.hook = at, .priority = 99, .bytes = before});
  seen.taps.push_back({.hook = at, .priority = 101, .bytes = after});
  EXPECT_EQ(ObservationChooser(seen).choose(choice), 999u);
}

TEST(Resolve, APortThatThePacketCameWithWasNotChosen) {
  auto choice = source_port();
  choice.wanted.src = choice.original.src;
  netns::Observation seen;
  const auto packet = bytes("udp 10.0.1.3:4000 > 198.51.100.9:53");
  seen.taps.push_back({.hook = netns::HookNumber::forward, .priority = -1, .bytes = packet});
  seen.taps.push_back({.hook = netns::HookNumber::post_routing, .priority = 99, .bytes = packet});
  EXPECT_EQ(ObservationChooser(seen).choose(choice), std::nullopt);

  choice.kind = model::ChoiceKind::destination_id;
  seen.taps = {{.hook = netns::HookNumber::pre_routing, .priority = -101, .bytes = packet}};
  EXPECT_EQ(ObservationChooser(seen).choose(choice), std::nullopt);
}

TEST(Resolve, AnotherFlowShowsNothing) {
  netns::Observation seen;
  seen.frames.push_back({.port = 1, .bytes = bytes("udp 203.0.113.1:888 > 198.51.100.10:53")});
  EXPECT_EQ(ObservationChooser(seen).choose(source_port()), std::nullopt);
}

TEST(Resolve, ADestinationPortIsReadFromTheOtherEnd) {
  model::Choice choice;
  choice.kind = model::ChoiceKind::destination_id;
  choice.original = tuple("udp 198.51.100.9:1000 > 203.0.113.1:80");
  choice.wanted = tuple("udp 198.51.100.9:1000 > 10.0.1.2:80");
  netns::Observation seen;
  seen.events.push_back(
      created("udp 198.51.100.9:1000 > 203.0.113.1:80", "udp 10.0.1.2:8080 > 198.51.100.9:1000"));
  EXPECT_EQ(ObservationChooser(seen).choose(choice), 8080u);
}

TEST(Resolve, AnIcmpIdentifierIsTheSameAtBothEnds) {
  model::Choice choice;
  choice.kind = model::ChoiceKind::source_id;
  choice.original = tuple("icmp 10.0.1.3 > 198.51.100.9 echo-request id 7");
  choice.wanted = tuple("icmp 203.0.113.1 > 198.51.100.9 echo-request id 7");
  netns::Observation seen;
  seen.events.push_back(created("icmp 10.0.1.3 > 198.51.100.9 echo-request id 7",
                                "icmp 198.51.100.9 > 203.0.113.1 echo-reply id 99"));
  EXPECT_EQ(ObservationChooser(seen).choose(choice), 99u);
}

/// A packet of the box itself with this IP id.
wire::Bytes own_packet(std::uint16_t id) {
  auto packet =
      bytes("icmp 10.0.1.1 > 10.0.1.2 time-exceeded [ udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 1 ]");
  const wire::Ipv4Edit ip{wire::MutableByteView(packet)};
  ip.set_id(id);
  ip.fill_checksum();
  return packet;
}

TEST(Resolve, TheIpIdOfTheBoxsOwnPacketIsSeenInTheFrame) {
  model::Choice choice;
  choice.kind = model::ChoiceKind::ip_id;
  choice.packet = own_packet(0);
  netns::Observation seen;
  seen.frames.push_back({.port = 0, .bytes = own_packet(0x1234)});
  EXPECT_EQ(ObservationChooser(seen).choose(choice), 0x1234u);
}

std::optional<std::uint32_t> id_seen(std::string_view sent, std::string_view left) {
  model::Choice choice;
  choice.kind = model::ChoiceKind::ip_id;
  choice.packet = bytes(sent);
  netns::Observation seen;
  seen.frames.push_back({.port = 0, .bytes = bytes(left)});
  return ObservationChooser(seen).choose(choice);
}

TEST(Resolve, WhatRulesWriteHidesNoIpId) {
  EXPECT_EQ(
      id_seen("icmp 10.0.1.1 > 10.0.1.2 echo-reply id 7 seq 1 \"ping\"",
              "icmp 10.0.1.1 > 10.0.1.2 echo-reply id 7 seq 1 tos 0x20 ttl 9 ip-id 77 \"ping\""),
      77u);
}

TEST(Resolve, WhatNatWritesIntoAQuoteHidesNoIpId) {
  const std::string_view sent =
      "icmp 10.0.1.1 > 192.0.2.77 port-unreachable [ udp 192.0.2.77:53 > 10.0.1.1:4000 ]";
  EXPECT_EQ(id_seen(sent,
                    "icmp 203.0.113.1 > 192.0.2.77 port-unreachable ip-id 77 "
                    "[ udp 192.0.2.77:53 > 203.0.113.1:5000 ]"),
            77u);
  EXPECT_EQ(id_seen(sent,
                    "icmp 203.0.113.1 > 192.0.2.77 protocol-unreachable ip-id 77 "
                    "[ udp 192.0.2.77:53 > 203.0.113.1:5000 ]"),
            std::nullopt);
}

TEST(Resolve, TwoEqualPacketsHaveTwoIds) {
  model::Choice choice;
  choice.kind = model::ChoiceKind::ip_id;
  choice.packet = own_packet(0);
  netns::Observation seen;
  seen.frames.push_back({.port = 0, .bytes = own_packet(5)});
  seen.frames.push_back({.port = 0, .bytes = own_packet(6)});
  ObservationChooser chooser(seen);
  EXPECT_EQ(chooser.choose(choice), 5u);
  EXPECT_EQ(chooser.choose(choice), 6u);
  EXPECT_EQ(chooser.choose(choice), std::nullopt);
}

TEST(Resolve, RecordedChoicesComeBackInOrder) {
  std::vector<model::BoundChoice> recorded(2);
  recorded[0] = {
      .kind = model::ChoiceKind::ip_id, .clause = {}, .value = 1, .observed = true, .allowed = {}};
  recorded[1] = {.kind = model::ChoiceKind::source_id,
                 .clause = {},
                 .value = 2,
                 .observed = true,
                 .allowed = {}};
  RecordedChooser chooser(recorded);
  EXPECT_EQ(chooser.choose(source_port()), 2u);
  EXPECT_EQ(chooser.choose(source_port()), std::nullopt);
}

TEST(Resolve, RecordedChoiceThatIsNowImpossibleIsNotMade) {
  std::vector<model::BoundChoice> recorded{{.kind = model::ChoiceKind::source_id,
                                            .clause = {},
                                            .value = 2,
                                            .observed = true,
                                            .allowed = {}}};
  auto choice = source_port();
  choice.lowest = 3;
  RecordedChooser chooser(recorded);
  EXPECT_EQ(chooser.choose(choice), std::nullopt);
}

}  // namespace
}  // namespace natstep::harness
