// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/forge.h"

#include "fuzz/patch.h"
#include "harness/scenario/topology_lines.h"
#include "model/wire/text.h"

#include <array>
#include <variant>

#include <gtest/gtest.h>

namespace natstep::fuzz::testing {
namespace {

using wire::print_packet;

class Forge : public ::testing::Test {
 protected:
  model::Topology router_ = harness::default_topology("router").value();

  std::string make(const Op& op, std::vector<PastStep> past = {}) {
    const Forged forged = forge(op, past, router_);
    const std::string port =
        forged.port < router_.ports.size() ? router_.ports[forged.port].name : "box";
    return port + " " + print_packet(forged.bytes);
  }

  /// A packet that left `wan` for one that came in on `lan`.
  struct Passed {
    wire::Bytes in, out;
    std::vector<netns::Frame> frames;

    explicit Passed(std::string_view text) : in(built(text)), out(in) {
      frames.push_back({.port = 1, .bytes = out});
    }
    [[nodiscard]] PastStep step() const { return {.stimulus = in, .port = 0, .frames = frames}; }
  };

  static wire::Bytes built(std::string_view text) {
    return wire::parse_packet(text).value().build({}).value();
  }
};

constexpr Op syn{.source = Source::fresh, .protocol = 1, .dst = 1, .dst_port = 2};

TEST_F(Forge, AFreshPacketComesInWhereItsSourceLives) {
  EXPECT_EQ(make(syn), "lan tcp 10.0.1.2:4000 > 198.51.100.9:80 SYN seq 1000");
  EXPECT_EQ(make({.source = Source::fresh, .src = 1, .dst = 2, .dst_port = 1, .content = 1}),
            "wan udp 198.51.100.9:4000 > 203.0.113.1:53 \"ping\"");
}

TEST_F(Forge, TheNamedPortTakesIt) {
  Op op = syn;
  op.where = 3;
  EXPECT_EQ(make(op).substr(0, 4), "dmz ");
  op.where = 4;
  EXPECT_EQ(make(op).substr(0, 4), "box ");
}

TEST_F(Forge, AReplyAcknowledgesWhatLeft) {
  const Passed passed("tcp 203.0.113.1:4000 > 198.51.100.9:80 SYN seq 1000");
  EXPECT_EQ(make({.source = Source::reply, .frame = 1, .kind = 1}, {passed.step()}),
            "wan tcp 198.51.100.9:80 > 203.0.113.1:4000 SYN,ACK seq 9000 ack 1001");
}

TEST_F(Forge, TheNextSegmentFollows) {
  const Passed passed("tcp 10.0.1.2:4000 > 198.51.100.9:80 PSH,ACK seq 1001 ack 9001 \"abc\"");
  EXPECT_EQ(make({.source = Source::next, .kind = 2}, {passed.step()}),
            "lan tcp 10.0.1.2:4000 > 198.51.100.9:80 ACK seq 1004 ack 9001");
}

constexpr Op dccp_request{.source = Source::fresh, .protocol = 7, .dst = 1, .dst_port = 1};

TEST_F(Forge, DccpHasTheNumbersOfItsFlow) {
  EXPECT_EQ(make(dccp_request),
            "lan dccp 10.0.1.2:4000 > 198.51.100.9:53 REQUEST seq 1000 hex 00000000");
  const Passed request("dccp 203.0.113.1:4000 > 198.51.100.9:53 REQUEST seq 1000");
  EXPECT_EQ(make({.source = Source::reply, .frame = 1, .kind = 1}, {request.step()}),
            "wan dccp 198.51.100.9:53 > 203.0.113.1:4000 RESPONSE seq 9000 ack 1000 hex 00000000");
  EXPECT_EQ(make({.source = Source::next, .kind = 2}, {request.step()}),
            "lan dccp 203.0.113.1:4000 > 198.51.100.9:53 ACK seq 1001 ack 9000");
  const Passed ack("dccp 203.0.113.1:4000 > 198.51.100.9:53 ACK seq 1001 ack 9000");
  EXPECT_EQ(make({.source = Source::reply, .frame = 1, .kind = 3, .content = 1}, {ack.step()}),
            "wan dccp 198.51.100.9:53 > 203.0.113.1:4000 DATA seq 9001 \"ping\"");
}

TEST_F(Forge, DccpsNumbersCanBeShort) {
  Op op = dccp_request;
  op.kind = 3;
  op.extra = 200;
  EXPECT_EQ(make(op), "lan dccp 10.0.1.2:4000 > 198.51.100.9:53 DATA seq24 1001 x 0");
}

TEST_F(Forge, DccpIsPatchedInItsOwnFields) {
  Op op = dccp_request;
  op.kind = 2;
  op.patches = {{.field = Patch::Field::tcp_seq, .value = 5},
                {.field = Patch::Field::tcp_ack, .value = 7},
                {.field = Patch::Field::type_code, .value = 0x13}};
  EXPECT_EQ(make(op), "lan dccp 10.0.1.2:4000 > 198.51.100.9:53 SYNCACK seq 1006 ack 9007");
}

TEST_F(Forge, AnErrorQuotesAsMuchAsAsked) {
  const Passed passed("udp 203.0.113.1:4000 > 198.51.100.9:53 \"question\"");
  EXPECT_EQ(make({.source = Source::error, .frame = 1, .extra = 1}, {passed.step()}),
            "wan icmp 198.51.100.9 > 203.0.113.1 port-unreachable [ udp 203.0.113.1:4000 > "
            "198.51.100.9:53 ip-len 36 len 16 checksum 0xcef9 ]");
}

TEST_F(Forge, TheSameBytesAgain) {
  const Passed passed("udp 10.0.1.2:4000 > 198.51.100.9:53 checksum bad \"odd\"");
  EXPECT_EQ(make({.source = Source::again}, {passed.step()}),
            "lan udp 10.0.1.2:4000 > 198.51.100.9:53 checksum bad \"odd\"");
}

TEST_F(Forge, APieceMayHaveAnOddEnd) {
  const Passed passed("udp 10.0.1.2:4000 > 198.51.100.9:53 ip-id 7 payload 100");
  const auto piece = [&](std::uint8_t number, std::uint8_t oddity) {
    return make({.source = Source::piece, .kind = 1, .extra = number, .offload = oddity},
                {passed.step()});
  };
  EXPECT_NE(piece(1, 0).find("frag 16+"), std::string::npos) << piece(1, 0);
  EXPECT_NE(piece(1, 2).find("frag 16 "), std::string::npos) << piece(1, 2);
  EXPECT_NE(piece(1, 4).find("frag 24+"), std::string::npos) << piece(1, 4);
  EXPECT_NE(piece(1, 5).find("frag 8+"), std::string::npos) << piece(1, 5);
  EXPECT_NE(piece(1, 1).find("df"), std::string::npos) << piece(1, 1);
}

TEST_F(Forge, APieceOfIpv6HasItsOwnHeader) {
  const Passed passed("udp [fd00:1::2]:4000 > [2001:db8:5::9]:53 payload 100");
  const std::string last =
      make({.source = Source::piece, .kind = 5, .content = 1, .extra = 2}, {passed.step()});
  EXPECT_NE(last.find("frag 96 ip-id 19969"), std::string::npos) << last;
}

TEST_F(Forge, AnEventIsNoPacket) {
  const Passed passed("udp 10.0.1.2:4000 > 198.51.100.9:53 \"one\"");
  const std::array past{passed.step(), PastStep{}};
  const Forged removed = forge({.source = Source::event}, past, router_);
  ASSERT_TRUE(removed.event);
  EXPECT_TRUE(std::holds_alternative<harness::DeleteEntryEvent>(*removed.event));
  EXPECT_TRUE(removed.bytes.empty());
  // Who refers to an event means the packet before it.
  EXPECT_EQ(make({.source = Source::again, .subject = 1}, {passed.step(), PastStep{}}),
            make({.source = Source::again}, {passed.step()}));
}

TEST_F(Forge, AnEventNeedsThePortThatItNames) {
  const Op link{.source = Source::event, .kind = 7};
  const auto host = harness::default_topology("host");
  Op lan = link;
  lan.content = 2;
  EXPECT_TRUE(forge(link, {}, *host).event);
  EXPECT_FALSE(forge(lan, {}, *host).event);
}

TEST_F(Forge, PatchesBeforeTheChecksumsLeaveItValid) {
  Op op{.source = Source::fresh, .dst = 1, .dst_port = 1};
  op.patches = {{.field = Patch::Field::ttl, .value = 1}};
  EXPECT_EQ(make(op), "lan udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 1");
  op.patches.front().when = Patch::When::after_checksums;
  EXPECT_EQ(make(op), "lan udp 10.0.1.2:4000 > 198.51.100.9:53 ttl 1 ip-checksum 0x4593");
}

TEST_F(Forge, AQuotedPacketIsPatchedInside) {
  const Passed passed("udp 203.0.113.1:4000 > 198.51.100.9:53");
  Op op{.source = Source::error, .frame = 1};
  op.patches = {{.field = Patch::Field::l4_checksum,
                 .when = Patch::When::before_checksums,
                 .layer = Patch::Layer::quoted,
                 .value = 0}};
  EXPECT_EQ(make(op, {passed.step()}),
            "wan icmp 198.51.100.9 > 203.0.113.1 port-unreachable [ udp 203.0.113.1:4000 > "
            "198.51.100.9:53 checksum absent ]");
}

TEST_F(Forge, ASubjectThatIsNotThereIsNoObstacle) {
  EXPECT_EQ(make({.source = Source::reply, .subject = 9, .protocol = 1, .dst = 1, .dst_port = 2}),
            make(syn));
}

}  // namespace
}  // namespace natstep::fuzz::testing
