// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/conntrack.h"

#include "tests/model/support.h"

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

using test::Box;
using test::From;
using test::Seen;

// --- the table

Tuple numbered(std::uint32_t number) {
  Tuple tuple = *tuple_of(test::udp(From::client));
  tuple.src = wire::Address::ipv4(0x0a000000 + (number >> 16));
  tuple.src_id = static_cast<std::uint16_t>(number);
  return tuple;
}

Conn* insert_numbered(ConntrackTable& table, std::uint32_t number) {
  Conn* conn = table.create();
  conn->tuple = {numbered(number), *invert(numbered(number))};
  conn->timeout = 30;
  table.insert(*conn);
  table.release(*conn);
  return conn;
}

TEST(ConntrackTable, FindsEntriesByEitherTuple) {
  ConntrackTable table;
  for (std::uint32_t n = 0; n < 1000; ++n)
    insert_numbered(table, n);
  EXPECT_EQ(table.size(), 1000U);
  for (std::uint32_t n = 0; n < 1000; ++n) {
    const auto original = table.find(numbered(n), 0, 0);
    const auto reply = table.find(*invert(numbered(n)), 0, 0);
    ASSERT_NE(original.conn, nullptr);
    EXPECT_EQ(original.conn, reply.conn);
    EXPECT_EQ(original.direction, Direction::original);
    EXPECT_EQ(reply.direction, Direction::reply);
  }
  EXPECT_EQ(table.find(numbered(1000), 0, 0).conn, nullptr);
  EXPECT_EQ(table.find(numbered(7), 1, 0).conn, nullptr) << "another zone";
}

TEST(ConntrackTable, RemovesWhatHasExpired) {
  ConntrackTable table;
  insert_numbered(table, 1);
  EXPECT_NE(table.find(numbered(1), 0, 29).conn, nullptr);
  EXPECT_EQ(table.find(numbered(1), 0, 30).conn, nullptr);
  EXPECT_EQ(table.size(), 0U);
}

TEST(ConntrackTable, RemovedEntryLivesWhileAPacketRefersToIt) {
  ConntrackTable table;
  Conn* conn = insert_numbered(table, 1);
  ConntrackTable::acquire(*conn);
  table.remove(*conn);
  EXPECT_EQ(table.find(numbered(1), 0, 0).conn, nullptr);
  EXPECT_TRUE(conn->has(status::dying | status::confirmed));
  EXPECT_NE(table.create(), conn);
  table.release(*conn);
  EXPECT_EQ(table.create(), conn) << "freed, and used again";
}

TEST(ConntrackTable, RecyclesEntries) {
  ConntrackTable table;
  std::vector<Conn*> seen;
  for (std::uint32_t n = 0; n < 100000; ++n) {
    Conn* conn = insert_numbered(table, n);
    table.add_by_source(*conn);
    if (seen.empty()) seen.push_back(conn);
    ASSERT_EQ(conn, seen.front());
    table.remove(*conn);
  }
  EXPECT_EQ(table.size(), 0U);
}

TEST(ConntrackTable, SourceListIsNewestFirstAndForgetsFreedEntries) {
  ConntrackTable table;
  std::vector<Conn*> conns;
  for (std::uint16_t port = 0; port < 200; ++port) {
    Conn* conn = table.create();
    conn->tuple[0] = numbered(5);
    conn->tuple[0].dst_id = port;
    conn->tuple[1] = *invert(conn->tuple[0]);
    table.insert(*conn);
    table.release(*conn);
    table.add_by_source(*conn);
    conns.push_back(conn);
    table.add_by_source(*insert_numbered(table, 100 + port));
  }
  table.remove(*conns[150]);
  conns.erase(conns.begin() + 150);
  std::vector<Conn*> listed;
  for (Conn* conn : table.by_source(numbered(5)))
    listed.push_back(conn);
  std::ranges::reverse(conns);
  EXPECT_EQ(listed, conns);
}

TEST(ConntrackTable, ClearRemovesEverything) {
  ConntrackTable table;
  for (std::uint32_t n = 0; n < 300; ++n)
    table.add_by_source(*insert_numbered(table, n));
  table.clear();
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(table.entries().empty());
  EXPECT_EQ(table.find(numbered(3), 0, 0).conn, nullptr);
  for (Conn* conn : table.by_source(numbered(3)))
    ADD_FAILURE() << to_string(conn->tuple[0]);
}

TEST(ConntrackTable, EntryThatMirrorsItselfIsFoundInReplyDirection) {
  ConntrackTable table;
  Conn* conn = table.create();
  conn->tuple[0] = numbered(1);
  conn->tuple[0].dst = conn->tuple[0].src;
  conn->tuple[0].dst_id = conn->tuple[0].src_id;
  conn->tuple[1] = conn->tuple[0];
  conn->timeout = 30;
  table.insert(*conn);
  EXPECT_EQ(table.find(conn->tuple[0], 0, 0).direction, Direction::reply);
  table.remove(*conn);
  EXPECT_EQ(table.find(conn->tuple[0], 0, 0).conn, nullptr);
}

// --- tracking

TEST(Conntrack, FirstPacketMakesAnEntryThatIsConfirmedOnTheWayOut) {
  Box box;
  const Seen seen = box.send(test::udp(From::client));
  EXPECT_EQ(seen.ctinfo, CtInfo::is_new);
  EXPECT_EQ(seen.words, "new connection, unconfirmed");
  EXPECT_EQ(box.entry().status, status::confirmed);
  EXPECT_EQ(to_string(box.entry().tuple[1]), "udp 198.51.100.9:53 > 10.0.1.2:4000");
  EXPECT_EQ(box.entry().timeout, 30U);
}

TEST(Conntrack, EntryOfADroppedPacketVanishes) {
  Box box;
  Packet packet;
  packet.bytes = test::udp(From::client);
  Step step(box.state, box.chooser, box.out, 0);
  conntrack_in(step, packet, Hook::pre_routing);
  ASSERT_TRUE(packet.tracked());
  EXPECT_EQ(box.state.conntrack.size(), 0U);
  box.state.conntrack.release(*packet.conn);
  EXPECT_EQ(box.state.conntrack.size(), 0U);
}

TEST(Conntrack, StateFollowsTheDirections) {
  Box box;
  EXPECT_EQ(box.send(test::udp(From::client)).ctinfo, CtInfo::is_new);
  EXPECT_EQ(box.send(test::udp(From::client)).ctinfo, CtInfo::is_new);
  const Seen reply = box.send(test::udp(From::server));
  EXPECT_EQ(reply.ctinfo, CtInfo::established_reply);
  EXPECT_TRUE(reply.conn->has(status::seen_reply));
  EXPECT_EQ(reply.words, "established, reply direction");
  EXPECT_EQ(box.send(test::udp(From::client)).ctinfo, CtInfo::established);
}

TEST(Conntrack, CountsIpBytesByDirection) {
  Box box;
  box.send(test::udp(From::client, "four"));
  box.send(test::udp(From::server, "sixsix"));
  box.send(test::udp(From::server, ""));
  EXPECT_EQ(box.entry().counters[0], (Counters{.packets = 1, .bytes = 32}));
  EXPECT_EQ(box.entry().counters[1], (Counters{.packets = 2, .bytes = 34 + 28}));
}

TEST(Conntrack, ExpiredEntryMakesWayForANewOne) {
  Box box;
  box.send(test::udp(From::client), 0);
  box.send(test::udp(From::server), 29);
  EXPECT_EQ(box.send(test::udp(From::client), 58).ctinfo, CtInfo::established);
  EXPECT_EQ(box.entry().timeout, 120U);
  EXPECT_EQ(box.send(test::udp(From::client), 58 + 120).ctinfo, CtInfo::is_new);
  EXPECT_EQ(box.entry().counters[0].packets, 1U);
}

TEST(Conntrack, UntrackedPacketGetsNoEntry) {
  Box box;
  Packet packet;
  packet.bytes = test::udp(From::client);
  packet.untracked = true;
  packet.ctinfo = CtInfo::untracked;
  const Seen seen = box.send(packet);
  EXPECT_FALSE(seen.tracked);
  EXPECT_EQ(seen.ctinfo, CtInfo::untracked);
  EXPECT_EQ(seen.words, "untracked");
  EXPECT_EQ(box.state.conntrack.size(), 0U);
}

TEST(Conntrack, TrackedPacketIsNotLookedAtAgain) {
  Box box;
  Packet packet;
  packet.bytes = test::udp(From::client);
  Step step(box.state, box.chooser, box.out, 0);
  conntrack_in(step, packet, Hook::local_out);
  const Conn* conn = packet.conn;
  conntrack_in(step, packet, Hook::pre_routing);
  EXPECT_EQ(packet.conn, conn);
  EXPECT_EQ(conn->counters[0].packets, 1U);
  EXPECT_EQ(conn->references, 1U);
}

TEST(Conntrack, GenericProtocolIsOneFlowBetweenTwoHosts) {
  Box box;
  box.send(test::ip_packet(test::client_ip, test::server_ip, 89, wire::Bytes{1, 2, 3, 4, 5}));
  const Seen second =
      box.send(test::ip_packet(test::client_ip, test::server_ip, 89, wire::Bytes{9, 9, 9, 9}));
  EXPECT_EQ(second.words, "new, entry known");
  EXPECT_EQ(box.entry().timeout, 600U);
}

TEST(Conntrack, Icmpv6OverIpv4IsInvalid) {
  Box box;
  EXPECT_TRUE(
      box.send(test::ip_packet(test::client_ip, test::server_ip, 58, wire::Bytes(16))).invalid());
}

// --- confirmation

/// A first packet on whose entry a hook in between has set a reply tuple.
Verdict confirm_with_reply(Box& box, wire::Bytes bytes, const Tuple& reply, Packet& packet) {
  packet.bytes = std::move(bytes);
  Step step(box.state, box.chooser, box.out, 0);
  conntrack_in(step, packet, Hook::pre_routing);
  packet.conn->tuple[1] = reply;
  return conntrack_confirm(step, packet, Hook::post_routing);
}

wire::Bytes udp_from(std::uint32_t src) {
  return test::ip_packet(src, test::server_ip, 17,
                         wire::build(wire::UdpHeader{.src_port = 4000, .dst_port = 53}, src,
                                     test::server_ip, wire::Bytes{}));
}

TEST(Confirm, DropsAFlowWhoseReplyTupleIsTaken) {
  Box box;
  Packet first, second;
  const Tuple reply = *tuple_of(test::udp(From::server));
  ASSERT_EQ(confirm_with_reply(box, udp_from(test::client_ip), reply, first), Verdict::accept);
  EXPECT_EQ(confirm_with_reply(box, udp_from(test::stranger_ip), reply, second), Verdict::drop);
  EXPECT_EQ(box.state.conntrack.size(), 1U);
  EXPECT_EQ(box.out.walk.back().what, "clash: the reply tuple is taken");
}

TEST(Confirm, AnswerToAFirstPacketDoesNotConfirmItsEntry) {
  Box box;
  Packet packet;
  packet.bytes = test::udp(From::client);
  Step step(box.state, box.chooser, box.out, 0);
  conntrack_in(step, packet, Hook::pre_routing);
  packet.ctinfo = CtInfo::related_reply;
  EXPECT_EQ(conntrack_confirm(step, packet, Hook::post_routing), Verdict::accept);
  EXPECT_EQ(box.state.conntrack.size(), 0U);
}

/// Two first packets of one flow, both in flight before either is confirmed.
struct InFlight {
  explicit InFlight(wire::Bytes bytes) {
    Step step(box.state, box.chooser, box.out, 0);
    for (Packet& packet : packets) {
      packet.bytes = bytes;
      conntrack_in(step, packet, Hook::pre_routing);
    }
  }
  Verdict confirm(std::size_t which) {
    Step step(box.state, box.chooser, box.out, 0);
    return conntrack_confirm(step, packets[which], Hook::post_routing);
  }
  Box box;
  std::array<Packet, 2> packets;
};

TEST(Confirm, MergesTwoFirstPacketsOfOneUdpFlow) {
  InFlight two(test::udp(From::client));
  EXPECT_EQ(two.confirm(0), Verdict::accept);
  EXPECT_EQ(two.confirm(1), Verdict::accept);
  EXPECT_EQ(two.packets[0].conn, two.packets[1].conn);
  EXPECT_EQ(two.box.entry().counters[0].packets, 2U);
  EXPECT_EQ(two.box.entry().references, 3U);
}

TEST(Confirm, DropsTheSecondFirstPacketOfATcpOrIcmpFlow) {
  for (const wire::Bytes& bytes :
       {test::tcp(From::client, {.flags = wire::tcp::syn}), test::icmp(From::client, 8)}) {
    InFlight two(bytes);
    EXPECT_EQ(two.confirm(0), Verdict::accept);
    EXPECT_EQ(two.confirm(1), Verdict::drop);
  }
}

TEST(Confirm, KeepsADifferentlyTranslatedTwinForItsRepliesOnly) {
  InFlight two(test::udp(From::client));
  two.packets[1].conn->tuple[1].src = wire::Address::ipv4(test::stranger_ip);
  EXPECT_EQ(two.confirm(0), Verdict::accept);
  EXPECT_EQ(two.confirm(1), Verdict::accept);
  EXPECT_TRUE(
      two.packets[1].conn->has(status::nat_clash | status::fixed_timeout | status::confirmed));
  EXPECT_EQ(two.packets[1].conn->timeout, 1U);
  EXPECT_EQ(two.box.state.conntrack.entries().size(), 1U) << "a dump does not show it";
  const auto reply = two.packets[1].conn->tuple[1];
  EXPECT_EQ(two.box.state.conntrack.find(reply, 0, 0).conn, two.packets[1].conn);
}

}  // namespace
}  // namespace natstep::model
