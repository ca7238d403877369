// SPDX-License-Identifier: GPL-2.0-or-later
// The tiny router and the packets that the box itself sends.
#include "model/router/route.h"

#include "model/packet.h"
#include "tests/model/nat_support.h"

namespace natstep::model::test {
namespace {

struct RouteTest : BoxTest {
  void route(std::string_view prefix, RouteType type) {
    state.topology.routes.push_back({.destination = *wire::Prefix::parse(prefix),
                                     .gateway = {},
                                     .port = no_port,
                                     .type = type});
  }
  wire::Icmpv4View error() const { return wire::Icmpv4View(l4_of(out.frames.at(0).bytes)); }
  std::string type_and_code() const {
    if (out.frames.size() != 1) return std::to_string(out.frames.size()) + " frames";
    return std::to_string(error().type()) + '/' + std::to_string(error().code());
  }
};

TEST_F(RouteTest, ForwardingLowersTheTtlAndItsChecksum) {
  inject(lan, udp({"10.0.1.2", 1}, {"198.51.100.9", 2}));
  EXPECT_EQ(left(), "wan 10.0.1.2:1 > 198.51.100.9:2");
  EXPECT_EQ(out.frames[0].bytes, udp({"10.0.1.2", 1}, {"198.51.100.9", 2}, "data", {.ttl = 63}));
}

TEST_F(RouteTest, LongestPrefixWins) {
  state.topology.routes.push_back({.destination = *wire::Prefix::parse("198.51.100.0/24"),
                                   .gateway = address("192.168.1.254"),
                                   .port = dmz});
  inject(lan, udp({"10.0.1.2", 1}, {"198.51.100.9", 2}));
  EXPECT_EQ(left(), "dmz 10.0.1.2:1 > 198.51.100.9:2");
}

TEST_F(RouteTest, ExpiredTtlIsReportedFromTheSideOfTheSender) {
  inject(lan, udp({"10.0.1.2", 1}, {"198.51.100.9", 2}, "data", {.ttl = 1, .tos = 0xff}));
  EXPECT_EQ(left(), "lan 10.0.1.1 > 10.0.1.2");
  EXPECT_EQ(type_and_code(), "11/0");
  EXPECT_EQ(wire::Ipv4View(out.frames[0].bytes).tos(), 0xde);
  EXPECT_EQ(out.fate, Fate::dropped_by_routing);
  EXPECT_EQ(chooser.asked, std::vector{ChoiceKind::ip_id});
}

TEST_F(RouteTest, ErrorQuotesUpTo576Bytes) {
  inject(lan, udp({"10.0.1.2", 1}, {"198.51.100.9", 2}, std::string(900, 'x'), {.ttl = 1}));
  ASSERT_EQ(out.frames.size(), 1u);
  EXPECT_EQ(out.frames[0].bytes.size(), 576u);
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes));
}

TEST_F(RouteTest, TooLargeWithDfIsRefusedWithTheMtu) {
  state.topology.ports[wan].mtu = 600;
  inject(lan, udp({"10.0.1.2", 1}, {"198.51.100.9", 2}, std::string(700, 'x'),
                  {.fragment_word = wire::ipv4::df}));
  EXPECT_EQ(type_and_code(), "3/4");
  EXPECT_EQ(error().mtu(), 600);
}

TEST_F(RouteTest, TooLargeWithoutDfIsCut) {
  state.topology.ports[wan].mtu = 1000;
  const auto whole = udp({"10.0.1.2", 1}, {"198.51.100.9", 2}, std::string(2000, 'x'));
  inject(lan, whole);
  ASSERT_EQ(out.frames.size(), 3u);
  wire::Bytes joined;
  for (const Frame& frame : out.frames) {
    const wire::Ipv4View header(frame.bytes);
    EXPECT_LE(frame.bytes.size(), 1000u);
    EXPECT_TRUE(header.checksum_valid());
    EXPECT_EQ(header.fragment_offset(), joined.size());
    EXPECT_EQ(header.mf(), joined.size() + header.rest().size() < whole.size() - 20);
    joined.insert(joined.end(), header.rest().begin(), header.rest().end());
  }
  EXPECT_EQ(joined, wire::Bytes(l4_of(whole).begin(), l4_of(whole).end()));
}

TEST_F(RouteTest, LaterFragmentsKeepCopiedOptionsOnly) {
  state.topology.ports[wan].mtu = 1000;
  const Ip options{.options = {30, 4, 9, 9, 0x9e, 4, 8, 8}};
  inject(lan, udp({"10.0.1.2", 1}, {"198.51.100.9", 2}, std::string(2000, 'x'), options));
  ASSERT_EQ(out.frames.size(), 3u);
  const auto options_of = [&](std::size_t i) {
    const auto span = wire::Ipv4View(out.frames[i].bytes).options();
    return wire::Bytes(span.begin(), span.end());
  };
  EXPECT_EQ(options_of(0), options.options);
  EXPECT_EQ(options_of(1), (wire::Bytes{1, 1, 1, 1, 0x9e, 4, 8, 8}));
}

TEST_F(RouteTest, UnroutablePackets) {
  state.topology.routes.clear();
  route("198.51.100.0/24", RouteType::unreachable);
  route("198.51.101.0/24", RouteType::prohibit);
  route("198.51.102.0/24", RouteType::blackhole);
  const auto answer_to = [&](std::string_view destination) {
    inject(lan, udp({"10.0.1.2", 1}, {destination, 2}));
    EXPECT_EQ(out.fate, Fate::dropped_by_routing);
    return type_and_code();
  };
  EXPECT_EQ(answer_to("192.0.2.1"), "3/0");
  EXPECT_EQ(answer_to("198.51.100.1"), "3/1");
  EXPECT_EQ(answer_to("198.51.101.1"), "3/13");
  EXPECT_EQ(answer_to("198.51.102.1"), "0 frames");
}

TEST_F(RouteTest, Martians) {
  const auto dropped = [&](std::string_view src, std::string_view dst) {
    inject(lan, udp({src, 1}, {dst, 2}));
    return out.frames.empty() && out.fate == Fate::dropped_by_routing;
  };
  EXPECT_TRUE(dropped("224.0.0.5", "198.51.100.9"));
  EXPECT_TRUE(dropped("255.255.255.255", "198.51.100.9"));
  EXPECT_TRUE(dropped("0.0.0.0", "198.51.100.9"));
  EXPECT_TRUE(dropped("10.0.1.2", "0.0.0.0"));
  EXPECT_TRUE(dropped("127.0.0.1", "198.51.100.9"));
  EXPECT_TRUE(dropped("10.0.1.2", "127.0.0.1"));
  EXPECT_TRUE(dropped("203.0.113.1", "198.51.100.9"));
  EXPECT_FALSE(dropped("10.0.1.2", "198.51.100.9"));
  EXPECT_FALSE(dropped("240.0.0.1", "198.51.100.9"));
  EXPECT_FALSE(dropped("0.0.0.5", "198.51.100.9"));
}

TEST_F(RouteTest, NetworkAddressIsUnicastToday) {
  inject(lan, udp({"10.0.1.2", 1}, {"192.168.1.0", 2}));
  EXPECT_EQ(left(), "dmz 10.0.1.2:1 > 192.168.1.0:2");
  state.profile.network_address_is_unicast = false;
  inject(lan, udp({"10.0.1.2", 1}, {"192.168.1.0", 2}));
  EXPECT_EQ(out.fate, Fate::delivered);
}

TEST_F(RouteTest, WithoutForwardingOthersPacketsAreDroppedInSilence) {
  state.topology.settings.ip_forward = false;
  inject(lan, udp({"10.0.1.2", 1}, {"198.51.100.9", 2}));
  EXPECT_TRUE(out.frames.empty());
  inject(lan, udp({"10.0.1.2", 1}, {"10.0.1.1", 2}));
  EXPECT_EQ(out.fate, Fate::delivered);
}

TEST_F(RouteTest, NotReceived) {
  auto bad_checksum = udp({"10.0.1.2", 1}, {"198.51.100.9", 2});
  bad_checksum[wire::ipv4::checksum] ^= 1;
  inject(lan, bad_checksum);
  EXPECT_EQ(out.fate, Fate::not_received);
  inject(lan, first(udp({"10.0.1.2", 1}, {"198.51.100.9", 2}), 30));
  EXPECT_EQ(out.fate, Fate::not_received);
  inject(lan, wire::Bytes(10, 0x45));
  EXPECT_EQ(out.fate, Fate::not_received);
}

TEST_F(RouteTest, TrailingBytesAreTrimmed) {
  auto padded = udp({"10.0.1.2", 1}, {"198.51.100.9", 2});
  const std::size_t size = padded.size();
  padded.resize(size + 9, 0xee);
  inject(lan, padded);
  ASSERT_EQ(out.frames.size(), 1u);
  EXPECT_EQ(out.frames[0].bytes.size(), size);
}

// The box's answers are those that Linux 6.18 gave to the same packets.

TEST_F(RouteTest, EchoReply) {
  inject(lan, echo("10.0.1.2", "10.0.1.1", 7, "hello", {.tos = 0xff}));
  EXPECT_EQ(type_and_code(), "0/0");
  EXPECT_EQ(out.fate, Fate::delivered);
  const wire::Ipv4View header(out.frames[0].bytes);
  EXPECT_EQ(header.tos(), 0xff);
  EXPECT_EQ(header.ttl(), 64);
  EXPECT_FALSE(header.df());
  EXPECT_EQ(error().id(), 7);
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes));
}

TEST_F(RouteTest, ResetOfASyn) {
  inject(lan, tcp({"10.0.1.2", 5}, {"10.0.1.1", 80}, wire::tcp::syn, 1000, 0, {}, {.tos = 0xff}));
  EXPECT_EQ(left(), "lan 10.0.1.1:80 > 10.0.1.2:5");
  const wire::Ipv4View header(out.frames[0].bytes);
  EXPECT_EQ(header.tos(), 0xfc);
  EXPECT_EQ(header.id(), 0);
  EXPECT_TRUE(header.df());
  const wire::TcpView reset(header.rest());
  EXPECT_EQ(reset.flags(), wire::tcp::rst | wire::tcp::ack_flag);
  EXPECT_EQ(reset.ack(), 1001u);
  EXPECT_EQ(reset.window(), 0);
  EXPECT_TRUE(chooser.asked.empty());
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes));
}

TEST_F(RouteTest, ResetOfAnAck) {
  inject(lan, tcp({"10.0.1.2", 5}, {"10.0.1.1", 80}, wire::tcp::ack_flag, 1000, 77));
  ASSERT_EQ(out.frames.size(), 1u);
  const wire::TcpView reset(l4_of(out.frames[0].bytes));
  EXPECT_EQ(reset.flags(), wire::tcp::rst);
  EXPECT_EQ(reset.seq(), 77u);
  EXPECT_EQ(reset.ack(), 0u);
}

TEST_F(RouteTest, SilenceForResetsBadChecksumsAndErrors) {
  const auto answers = [&](const wire::Bytes& packet) {
    inject(lan, packet);
    return out.frames.size();
  };
  EXPECT_EQ(answers(tcp({"10.0.1.2", 5}, {"10.0.1.1", 80}, wire::tcp::rst)), 0u);
  EXPECT_EQ(answers(udp({"10.0.1.2", 5}, {"10.0.1.1", 80}, "x", {}, 0x1234)), 0u);
  EXPECT_EQ(answers(echo("10.0.1.2", "10.0.1.255", 1)), 0u);
  EXPECT_EQ(answers(udp({"10.0.1.2", 5}, {"10.0.1.255", 80})), 0u);
  EXPECT_EQ(answers(icmp("10.0.1.2", "198.51.100.9", 3, 3, 0, text("quoted"), {.ttl = 1})), 0u);
}

TEST_F(RouteTest, UnknownProtocolIsUnreachable) {
  inject(lan, ip("10.0.1.2", "10.0.1.1", 200, text("abc")));
  EXPECT_EQ(type_and_code(), "3/2");
}

TEST_F(RouteTest, PortUnreachableQuotesTheDatagramOnly) {
  wire::UdpHeader header;
  header.src_port = 5;
  header.dst_port = 80;
  header.length = 8;
  header.checksum = 0;
  const auto datagram = wire::build(header, number("10.0.1.2"), number("10.0.1.1"), text("tail"));
  inject(lan, ip("10.0.1.2", "10.0.1.1", 17, datagram));
  EXPECT_EQ(type_and_code(), "3/3");
  EXPECT_EQ(out.frames[0].bytes.size(), 20u + 8 + 20 + 8);
}

TEST_F(RouteTest, AddressesOfTheBox) {
  EXPECT_TRUE(is_local(state.topology, address("10.0.1.1")));
  EXPECT_TRUE(is_local(state.topology, address("127.3.2.1")));
  EXPECT_FALSE(is_local(state.topology, address("10.0.1.2")));
  EXPECT_EQ(select_address(state.topology, wan, address("203.0.113.254")), address("203.0.113.1"));
}

TEST_F(RouteTest, SourceRouteIsRefused) {
  inject(lan, udp({"10.0.1.2", 1}, {"198.51.100.9", 2}, "data",
                  {.options = {131, 7, 4, 10, 0, 0, 1, 0}}));
  EXPECT_TRUE(out.frames.empty());
  EXPECT_EQ(out.fate, Fate::dropped_by_routing);
}

}  // namespace
}  // namespace natstep::model::test
