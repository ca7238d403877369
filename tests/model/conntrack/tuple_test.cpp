// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/tuple.h"

#include "tests/model/support.h"

#include <unordered_set>

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

using test::From;

TEST(Tuple, OfUdpHasAddressesAndPorts) {
  const auto tuple = tuple_of(test::udp(From::client));
  ASSERT_TRUE(tuple);
  EXPECT_EQ(to_string(*tuple), "udp 10.0.1.2:4000 > 198.51.100.9:53");
}

TEST(Tuple, OfIcmpHasTypeCodeAndIdentifier) {
  const auto tuple = tuple_of(test::icmp(From::client, 8));
  ASSERT_TRUE(tuple);
  EXPECT_EQ(to_string(*tuple), "icmp 10.0.1.2 > 198.51.100.9 type 8 code 0 id 7");
}

TEST(Tuple, OfAnotherProtocolHasAddressesOnly) {
  const auto tuple = tuple_of(test::ip_packet(test::client_ip, test::server_ip, 89, {}));
  ASSERT_TRUE(tuple);
  EXPECT_EQ(to_string(*tuple), "proto 89 10.0.1.2 > 198.51.100.9");
}

TEST(Tuple, NeedsFourBytesOfPortsAndEightOfIcmp) {
  const wire::Bytes udp = test::udp(From::client);
  EXPECT_TRUE(tuple_of(wire::ByteView(udp).first(24)));
  EXPECT_FALSE(tuple_of(wire::ByteView(udp).first(23)));
  const wire::Bytes icmp = test::icmp(From::client, 8);
  EXPECT_TRUE(tuple_of(wire::ByteView(icmp).first(28)));
  EXPECT_FALSE(tuple_of(wire::ByteView(icmp).first(27)));
}

TEST(Tuple, OfALaterFragmentIsUnknown) {
  wire::Bytes udp = test::udp(From::client);
  udp[7] = 1;
  EXPECT_FALSE(tuple_of(udp));
  udp[6] = 0x20;  // more fragments, offset 0
  udp[7] = 0;
  EXPECT_TRUE(tuple_of(udp));
}

TEST(Tuple, OfAHeaderLongerThanThePacketIsUnknown) {
  wire::Bytes udp = test::udp(From::client);
  udp.resize(24);
  udp[0] = 0x47;
  EXPECT_FALSE(tuple_of(udp));
}

TEST(Tuple, InverseSwapsBothEnds) {
  const Tuple tuple = *tuple_of(test::udp(From::client));
  EXPECT_EQ(invert(tuple), tuple_of(test::udp(From::server)));
  EXPECT_EQ(invert(*invert(tuple)), tuple);
}

TEST(Tuple, InverseOfIcmpMapsTheType) {
  for (const auto& [question, answer] : {std::pair{8, 0}, {13, 14}, {15, 16}, {17, 18}}) {
    const auto asked = tuple_of(test::icmp(From::client, question));
    const auto answered = tuple_of(test::icmp(From::server, answer));
    EXPECT_EQ(invert(*asked), answered);
    EXPECT_EQ(invert(*answered), asked);
  }
  for (const int type : {3, 5, 9, 10, 11, 12, 19, 255}) {
    EXPECT_FALSE(invert(*tuple_of(test::icmp(From::client, type)))) << type;
  }
}

TEST(Tuple, HashSpreadsNeighbouringPorts) {
  Tuple tuple = *tuple_of(test::udp(From::client));
  std::unordered_set<std::size_t> low_bits;
  for (std::uint16_t port = 0; port < 1024; ++port) {
    tuple.src_id = port;
    low_bits.insert(TupleHash{}(tuple)&1023);
  }
  EXPECT_GT(low_bits.size(), 500U);  // 647 are expected of a random function
}

}  // namespace
}  // namespace natstep::model
