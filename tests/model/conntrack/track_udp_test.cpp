// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/clause_names.h"
#include "tests/model/support.h"

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

using test::Box;
using test::From;
using test::Seen;

constexpr std::size_t udp_at = 20;

TEST(TrackUdp, LengthMustFitHeaderAndPacket) {
  for (const auto& [length, accepted] :
       {std::pair{8, true}, {12, true}, {7, false}, {0, false}, {13, false}}) {
    wire::Bytes bytes = test::udp(From::client);
    wire::store_be16(&bytes[udp_at + wire::udp::length], static_cast<std::uint16_t>(length));
    wire::store_be16(&bytes[udp_at + wire::udp::checksum], 0);
    Box box;
    EXPECT_EQ(box.send(bytes).tracked, accepted) << length;
  }
}

TEST(TrackUdp, ShortHeaderIsInvalid) {
  Box box;
  const Seen seen = box.send(test::ip_packet(test::client_ip, test::server_ip, 17, wire::Bytes(7)));
  EXPECT_TRUE(seen.invalid());
  EXPECT_EQ(seen.words, "invalid: short udp header");
}

TEST(TrackUdp, BadChecksumIsInvalidOnTheWayInOnly) {
  wire::Bytes bytes = test::udp(From::client);
  bytes[udp_at + wire::udp::checksum] ^= 0x55;
  Box box;
  EXPECT_EQ(box.send(bytes).words, "invalid: bad checksum");
  EXPECT_TRUE(box.send(bytes, 0, Hook::local_out).tracked);
}

TEST(TrackUdp, ChecksumSettingSwitchesVerificationOff) {
  wire::Bytes bytes = test::udp(From::client);
  bytes[udp_at + wire::udp::checksum] ^= 0x55;
  Box box;
  box.state.topology.settings.conntrack_checksum = false;
  EXPECT_TRUE(box.send(bytes).tracked);
}

TEST(TrackUdp, ChecksumIsTakenOverTrailingBytesAsWell) {
  // The datagram ends two bytes before the IP packet does, and its checksum is right by RFC 768.
  wire::Bytes datagram = wire::build(wire::UdpHeader{.src_port = 4000, .dst_port = 53},
                                     test::client_ip, test::server_ip, wire::Bytes{'a', 'b'});
  datagram.insert(datagram.end(), {'x', 'y'});
  const wire::Bytes bytes = test::ip_packet(test::client_ip, test::server_ip, 17, datagram);
  Box box;
  EXPECT_TRUE(box.send(bytes).invalid());
  box.state.broken = Clause::udp_checksum_covers_trailing_bytes;
  EXPECT_TRUE(box.send(bytes).tracked);
}

TEST(TrackUdp, BecomesAStreamAfterTwoSecondsWithReplies) {
  Box box;
  box.send(test::udp(From::client), 10);
  box.send(test::udp(From::server), 10);
  box.send(test::udp(From::client), 11);
  EXPECT_EQ(box.entry().timeout, 30U);
  EXPECT_FALSE(box.entry().has(status::assured));
  box.send(test::udp(From::client), 12);
  EXPECT_EQ(box.entry().timeout, 120U);
  EXPECT_TRUE(box.entry().has(status::assured));
}

TEST(TrackUdp, FirstReplyDoesNotMakeAStreamHoweverLate) {
  Box box;
  box.send(test::udp(From::client), 0);
  box.send(test::udp(From::server), 20);
  EXPECT_EQ(box.entry().timeout, 30U);
  EXPECT_FALSE(box.entry().has(status::assured));
  box.send(test::udp(From::server), 20);
  EXPECT_TRUE(box.entry().has(status::assured));
}

}  // namespace
}  // namespace natstep::model
