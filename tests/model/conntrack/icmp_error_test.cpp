// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/icmp_error.h"

#include "tests/model/support.h"

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

using test::Box;
using test::From;
using test::Seen;

/// A box that knows the UDP flow of client and server.
struct Known : Box {
  Known() { send(test::udp(From::client)); }
  /// An error about the client's packet, as a router on the way to the server sends it.
  Seen error(wire::Bytes quoted, std::size_t size = 28, int type = 3) {
    return send(test::icmp_error(test::stranger_ip, test::client_ip, quoted, size, type));
  }
};

TEST(IcmpError, AboutAClientsPacketIsRelatedInReplyDirection) {
  Known box;
  const Seen seen = box.error(test::udp(From::client));
  ASSERT_TRUE(seen.tracked);
  EXPECT_EQ(seen.ctinfo, CtInfo::related_reply);
  EXPECT_EQ(seen.words, "related, reply direction: icmp error");
}

TEST(IcmpError, AboutAServersPacketIsRelatedInOriginalDirection) {
  Known box;
  const Seen seen =
      box.send(test::icmp_error(test::client_ip, test::server_ip, test::udp(From::server)));
  ASSERT_TRUE(seen.tracked);
  EXPECT_EQ(seen.ctinfo, CtInfo::related);
}

TEST(IcmpError, LeavesTheEntryAlone) {
  Known box;
  const Conn before = box.entry();
  box.send(test::icmp_error(test::stranger_ip, test::client_ip, test::udp(From::client)), 9);
  EXPECT_EQ(box.entry().counters, before.counters);
  EXPECT_EQ(box.entry().refreshed_at, before.refreshed_at);
  EXPECT_EQ(box.entry().status, before.status);
  EXPECT_EQ(box.entry().references, 1U);
}

TEST(IcmpError, MustBeAddressedToTheFlow) {
  Known box;
  EXPECT_TRUE(
      box.send(test::icmp_error(test::server_ip, test::stranger_ip, test::udp(From::client)))
          .invalid());
  EXPECT_EQ(box.entry().references, 1U);
}

TEST(IcmpError, OfEachErrorTypeIsRelated) {
  for (const int type : {3, 4, 5, 11, 12}) {
    Known box;
    EXPECT_TRUE(box.error(test::udp(From::client), 28, type).tracked) << type;
  }
  for (const int type : {1, 2, 6, 9, 10, 19, 255}) {
    Known box;
    EXPECT_TRUE(box.error(test::udp(From::client), 28, type).invalid()) << type;
  }
}

TEST(IcmpError, NeedsThePortsOfTheQuotedPacket) {
  Known box;
  EXPECT_TRUE(box.error(test::udp(From::client), 24).tracked);
  EXPECT_TRUE(box.error(test::udp(From::client), 23).invalid());
  EXPECT_TRUE(box.error(test::udp(From::client), 19).invalid());
}

TEST(IcmpError, DoesNotVerifyTheQuotedHeader) {
  wire::Bytes quoted = test::udp(From::client);
  quoted[0] = 0x65;             // version 6
  quoted[wire::ipv4::ttl] = 0;  // and with that a wrong checksum
  Known box;
  EXPECT_TRUE(box.error(quoted).tracked);
}

TEST(IcmpError, ReadsPortsWhereTheQuotedHeaderLengthPoints) {
  wire::Bytes quoted = test::udp(From::client);
  quoted[0] = 0x46;
  quoted.insert(quoted.begin() + 20, {1, 1, 1, 1});  // an option
  Known box;
  EXPECT_TRUE(box.error(quoted, 28).tracked);
  EXPECT_TRUE(box.error(quoted, 24).invalid());
}

TEST(IcmpError, QuotedFragments) {
  wire::Bytes first = test::udp(From::client);
  first[6] = 0x20;
  wire::Bytes later = test::udp(From::client);
  later[7] = 3;
  Known box;
  EXPECT_TRUE(box.error(first).tracked);
  EXPECT_TRUE(box.error(later).invalid());
}

TEST(IcmpError, AboutAnErrorIsInvalid) {
  Known box;
  const wire::Bytes error =
      test::icmp_error(test::client_ip, test::server_ip, test::udp(From::server));
  EXPECT_TRUE(box.error(error, 56).invalid());
}

TEST(IcmpError, AboutAnEchoMatchesItsEntry) {
  Box box;
  box.send(test::icmp(From::client, 8));
  const Seen seen =
      box.send(test::icmp_error(test::stranger_ip, test::client_ip, test::icmp(From::client, 8)));
  EXPECT_EQ(seen.ctinfo, CtInfo::related_reply);
  EXPECT_TRUE(
      box.send(test::icmp_error(test::stranger_ip, test::client_ip, test::icmp(From::client, 13)))
          .invalid());
}

TEST(IcmpError, AboutAnUnknownFlowIsInvalid) {
  Box box;
  EXPECT_TRUE(
      box.send(test::icmp_error(test::stranger_ip, test::client_ip, test::udp(From::client)))
          .invalid());
}

}  // namespace
}  // namespace natstep::model
