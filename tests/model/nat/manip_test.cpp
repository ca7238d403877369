// SPDX-License-Identifier: GPL-2.0-or-later
// What rewriting does to each byte: packets of their own first, then packets that an ICMP error
// quotes.
#include "model/nat/manip.h"

#include "model/clause_names.h"
#include "model/nat/nat.h"
#include "model/packet.h"
#include "tests/model/nat_support.h"

namespace natstep::model::test {
namespace {

Tuple target(std::uint8_t protocol, Endpoint src, Endpoint dst) {
  return {.src = address(src.address),
          .dst = address(dst.address),
          .src_id = src.port,
          .dst_id = dst.port,
          .protocol = protocol};
}

struct ManipTest : BoxTest {
  Step context{state, chooser, out, 0};

  bool to_source(wire::Bytes& packet, const Tuple& as, Quoted quoted = Quoted::no) {
    return manip_pkt(context, packet, as, ManipType::src, quoted);
  }
  bool to_destination(wire::Bytes& packet, const Tuple& as, Quoted quoted = Quoted::no) {
    return manip_pkt(context, packet, as, ManipType::dst, quoted);
  }
};

constexpr Endpoint inside{"10.0.1.2", 4000};
constexpr Endpoint mapped{"203.0.113.1", 60000};
constexpr Endpoint server{"198.51.100.9", 53};

TEST_F(ManipTest, SourceOfUdp) {
  auto packet = udp(inside, server);
  ASSERT_TRUE(to_source(packet, target(17, mapped, server)));
  EXPECT_EQ(packet, udp(mapped, server)) << "as if it had been sent like that";
}

TEST_F(ManipTest, DestinationOfTcp) {
  auto packet = tcp(inside, server, wire::tcp::syn);
  ASSERT_TRUE(to_destination(packet, target(6, inside, mapped)));
  EXPECT_EQ(packet, tcp(inside, mapped, wire::tcp::syn));
}

TEST_F(ManipTest, IdentifierOfIcmp) {
  auto packet = echo("10.0.1.2", "198.51.100.9", 7);
  ASSERT_TRUE(to_source(packet, target(1, {"203.0.113.1", 99}, {"198.51.100.9", 8 << 8})));
  EXPECT_EQ(packet, echo("203.0.113.1", "198.51.100.9", 99));
}

TEST_F(ManipTest, UnknownProtocolChangesItsAddressOnly) {
  const auto payload = text("payload that looks like ports");
  auto packet = ip("10.0.1.2", "198.51.100.9", 200, payload);
  ASSERT_TRUE(to_source(packet, target(200, {"203.0.113.1"}, {"198.51.100.9"})));
  EXPECT_EQ(packet, ip("203.0.113.1", "198.51.100.9", 200, payload));
}

TEST_F(ManipTest, AbsentUdpChecksumStaysAbsent) {
  auto packet = udp(inside, server, "data", {}, 0);
  ASSERT_TRUE(to_source(packet, target(17, mapped, server)));
  EXPECT_EQ(packet, udp(mapped, server, "data", {}, 0));
}

TEST_F(ManipTest, WrongChecksumStaysWrongByTheSame) {
  const auto good = udp(inside, server);
  auto bad = good;
  const std::size_t at = wire::ipv4::min_size + wire::udp::checksum;
  wire::store_be16(&bad[at], wire::csum_replace2(wire::load_be16(&bad[at]), 0, 1));
  auto translated_good = good;
  ASSERT_TRUE(to_source(translated_good, target(17, mapped, server)));
  ASSERT_TRUE(to_source(bad, target(17, mapped, server)));
  EXPECT_EQ(wire::load_be16(&bad[at]),
            wire::csum_replace2(wire::load_be16(&translated_good[at]), 0, 1));
}

/// A payload that makes the checksum after translation come out as zero.
wire::Bytes with_zero_checksum(Endpoint src, std::uint8_t protocol) {
  wire::Bytes packet = protocol == 17 ? udp(src, server, "xx") : tcp(src, server, 2, 0, 0, "xx");
  const std::size_t l4 = wire::ipv4::min_size;
  const std::size_t at = l4 + (protocol == 17 ? wire::udp::checksum : wire::tcp::checksum);
  const std::uint16_t sum = wire::load_be16(&packet[at]);
  const std::size_t data = packet.size() - 2;
  const std::uint32_t raised = wire::load_be16(&packet[data]) + std::uint32_t{sum};
  wire::store_be16(&packet[data], wire::fold(raised));
  wire::store_be16(&packet[at], 0);
  return packet;
}

TEST_F(ManipTest, UdpChecksumThatComesOutAsZeroIsWrittenAsOnes) {
  const auto expected = with_zero_checksum(mapped, 17);
  const std::size_t at = wire::ipv4::min_size + wire::udp::checksum;
  auto packet = expected;
  wire::store_be16(&packet[at], 0xffff);
  ASSERT_TRUE(to_source(packet, target(17, inside, server)));
  ASSERT_TRUE(to_source(packet, target(17, mapped, server)));
  EXPECT_EQ(wire::load_be16(&packet[at]), 0xffff);
  EXPECT_TRUE(all_checksums_valid(packet));
  EXPECT_TRUE(reached(Clause::udp_checksum_zero_becomes_ffff));
}

TEST_F(ManipTest, TcpChecksumThatComesOutAsZeroIsWrittenAsZero) {
  auto packet = with_zero_checksum(mapped, 6);
  const std::size_t at = wire::ipv4::min_size + wire::tcp::checksum;
  ASSERT_TRUE(all_checksums_valid(packet));
  ASSERT_TRUE(to_source(packet, target(6, inside, server)));
  ASSERT_NE(wire::load_be16(&packet[at]), 0);
  ASSERT_TRUE(to_source(packet, target(6, mapped, server)));
  EXPECT_EQ(wire::load_be16(&packet[at]), 0);
}

TEST_F(ManipTest, PortsLieBehindIpOptions) {
  const Ip options{.options = {1, 1, 1, 0}};
  auto packet = udp(inside, server, "data", options);
  ASSERT_TRUE(to_source(packet, target(17, mapped, server)));
  EXPECT_EQ(packet, udp(mapped, server, "data", options));
}

TEST_F(ManipTest, EightBytesOfTcpHaveNoChecksumToFollow) {
  auto quote = first(tcp(inside, server, wire::tcp::syn), 28);
  ASSERT_TRUE(to_source(quote, target(6, mapped, server), Quoted::yes));
  const auto expected = first(tcp(mapped, server, wire::tcp::syn), 28);
  EXPECT_EQ(quote, expected);
}

TEST_F(ManipTest, TwentyBytesOfTcpHaveOne) {
  auto quote = first(tcp(inside, server, wire::tcp::syn, 1, 0, "more"), 40);
  ASSERT_TRUE(to_source(quote, target(6, mapped, server), Quoted::yes));
  EXPECT_EQ(quote, first(tcp(mapped, server, wire::tcp::syn, 1, 0, "more"), 40));
}

TEST_F(ManipTest, NineteenBytesOfTcpDoNot) {
  const auto whole = tcp(inside, server, wire::tcp::syn);
  auto quote = first(whole, 39);
  ASSERT_TRUE(to_source(quote, target(6, mapped, server), Quoted::yes));
  const std::size_t at = wire::ipv4::min_size + wire::tcp::checksum;
  EXPECT_EQ(wire::load_be16(&quote[at]), wire::load_be16(&whole[at]));
}

TEST_F(ManipTest, SevenBytesAreTooFew) {
  auto of_udp = first(udp(inside, server), 27);
  EXPECT_FALSE(to_source(of_udp, target(17, mapped, server), Quoted::yes));
  auto of_tcp = first(tcp(inside, server, wire::tcp::syn), 27);
  EXPECT_FALSE(to_source(of_tcp, target(6, mapped, server), Quoted::yes));
  auto of_icmp = first(echo("10.0.1.2", "198.51.100.9", 7), 27);
  EXPECT_FALSE(to_source(of_icmp, target(1, mapped, server), Quoted::yes));
}

struct ManipDefectTest : ManipTest, ::testing::WithParamInterface<Clause> {};

/// Each clause of rewriting changes a byte when it is broken.
TEST_P(ManipDefectTest, ShowsInTheBytes) {
  const std::vector<std::pair<wire::Bytes, Tuple>> cases{
      {udp(inside, server), target(17, mapped, server)},
      {udp(inside, server, "data", {}, 0), target(17, mapped, server)},
      {udp(inside, server, "data", {.options = {1, 1, 1, 0}}), target(17, mapped, server)},
      {echo("10.0.1.2", "198.51.100.9", 7), target(1, {"203.0.113.1", 99}, {"198.51.100.9", 0})},
  };
  bool seen = false;
  for (const auto& [packet, as] : cases) {
    for (const Quoted quoted : {Quoted::no, Quoted::yes}) {
      state.broken.reset();
      auto right = packet;
      ASSERT_TRUE(to_source(right, as, quoted));
      state.broken = GetParam();
      auto wrong = packet;
      to_source(wrong, as, quoted);
      seen |= right != wrong;
    }
  }
  EXPECT_TRUE(seen) << info(GetParam()).id;
}

INSTANTIATE_TEST_SUITE_P(
    Clauses, ManipDefectTest,
    ::testing::Values(Clause::address_is_written, Clause::ip_checksum_follows_address,
                      Clause::port_is_written, Clause::l4_checksum_follows_address,
                      Clause::l4_checksum_follows_port, Clause::udp_checksum_absent_stays_absent,
                      Clause::icmp_id_is_written, Clause::icmp_checksum_follows_id,
                      Clause::l4_header_lies_behind_ip_options, Clause::quoted_address_is_written,
                      Clause::quoted_ip_checksum_follows_address, Clause::quoted_port_is_written,
                      Clause::quoted_l4_checksum_follows_address,
                      Clause::quoted_l4_checksum_follows_port,
                      Clause::quoted_udp_checksum_absent_stays_absent,
                      Clause::quoted_icmp_id_is_written, Clause::quoted_icmp_checksum_follows_id),
    [](const auto& name) { return std::string(::natstep::model::info(name.param).id); });

}  // namespace
}  // namespace natstep::model::test
