// SPDX-License-Identifier: GPL-2.0-or-later
// Views and builders of the four protocols.
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t alice = 0x0a000102;
constexpr std::uint32_t server = 0xc6336409;

TEST(Ipv4, BuildsAValidHeaderFromAddressesAndProtocol) {
  const Bytes bytes =
      build(Ipv4Header{.src = alice, .dst = server, .protocol = 17}, Bytes{1, 2, 3});
  EXPECT_THAT(ByteView(bytes).first(10), ElementsAre(0x45, 0, 0, 23, 0, 0, 0, 0, 64, 17));
  const Ipv4View view(bytes);
  EXPECT_EQ(view.src(), alice);
  EXPECT_EQ(view.dst_address(), Address::ipv4(server));
  EXPECT_TRUE(view.checksum_valid());
  EXPECT_THAT(view.payload(), ElementsAre(1, 2, 3));
  EXPECT_THAT(view.trailer(), IsEmpty());
}

TEST(Ipv4, PadsOptionsAndCountsThemInTheHeaderLength) {
  const Bytes bytes = build(Ipv4Header{.options = {1, 1, 1, 1, 1}}, Bytes{9});
  const Ipv4View view(bytes);
  EXPECT_EQ(view.header_length(), 28u);
  EXPECT_THAT(view.options(), ElementsAre(1, 1, 1, 1, 1, 0, 0, 0));
  EXPECT_THAT(view.payload(), ElementsAre(9));
  EXPECT_TRUE(view.checksum_valid());
}

TEST(Ipv4, WritesWhatIsSetAsItStands) {
  const Bytes bytes = build(Ipv4Header{.ttl = 1,
                                       .tos = 0x10,
                                       .id = 0xabcd,
                                       .fragment_word = 0xa002,
                                       .version = 5,
                                       .ihl = 15,
                                       .total_length = 7,
                                       .checksum = 0x1234},
                            {});
  EXPECT_THAT(ByteView(bytes).first(12),
              ElementsAre(0x5f, 0x10, 0, 7, 0xab, 0xcd, 0xa0, 2, 1, 0, 0x12, 0x34));
}

TEST(Ipv4, ReadsTheFragmentWord) {
  const Bytes bytes = build(Ipv4Header{.fragment_word = 0x60b9}, {});
  const Ipv4View view(bytes);
  EXPECT_TRUE(view.df());
  EXPECT_TRUE(view.mf());
  EXPECT_FALSE(view.evil());
  EXPECT_EQ(view.fragment_offset(), 1480u);
  EXPECT_TRUE(view.is_fragment());
  EXPECT_FALSE(Ipv4View(build(Ipv4Header{.fragment_word = ipv4::df}, {})).is_fragment());
}

TEST(Ipv4, NeverGivesASpanOutsideOfItsBytes) {
  for (unsigned ihl = 0; ihl < 16; ++ihl) {
    for (const int length : {0, 19, 20, 21, 24, 60, 65535}) {
      const Bytes bytes = build(Ipv4Header{.ihl = static_cast<std::uint8_t>(ihl),
                                           .total_length = static_cast<std::uint16_t>(length)},
                                Bytes(4, 7));
      const Ipv4View view(bytes);
      const auto inside = [&](ByteView span) {
        return span.empty() || (span.data() >= bytes.data() &&
                                span.data() + span.size() <= bytes.data() + bytes.size());
      };
      EXPECT_TRUE(inside(view.header()) && inside(view.options()) && inside(view.payload()) &&
                  inside(view.rest()) && inside(view.trailer()));
      EXPECT_EQ(view.header_fits(), ihl == 5 || ihl == 6) << ihl;
    }
  }
}

TEST(Ipv4, SeparatesPayloadFromTrailer) {
  Bytes bytes = build(Ipv4Header{}, Bytes{1, 2});
  bytes.insert(bytes.end(), {8, 9});
  EXPECT_THAT(Ipv4View(bytes).payload(), ElementsAre(1, 2));
  EXPECT_THAT(Ipv4View(bytes).trailer(), ElementsAre(8, 9));
  EXPECT_THAT(Ipv4View(bytes).rest(), ElementsAre(1, 2, 8, 9));
}

TEST(Ipv4, ParsesOnlyWhereAFixedHeaderIs) {
  const Bytes bytes(20);
  EXPECT_TRUE(Ipv4View::parse(bytes));
  EXPECT_FALSE(Ipv4View::parse(ByteView(bytes).first(19)));
}

TEST(Ipv4, EditsInPlaceAndTouchesNothingElse) {
  Bytes bytes = build(Ipv4Header{.src = alice, .dst = server, .protocol = 6}, Bytes{1});
  const Bytes before = bytes;
  const Ipv4Edit edit(bytes);
  edit.set_dst(alice);
  EXPECT_EQ(Ipv4View(bytes).dst(), alice);
  EXPECT_FALSE(Ipv4View(bytes).checksum_valid());
  edit.fill_checksum();
  EXPECT_TRUE(Ipv4View(bytes).checksum_valid());
  edit.set_dst(server);
  edit.set_checksum(Ipv4View(before).checksum());
  EXPECT_EQ(bytes, before);
}

TEST(Udp, BuildsAValidDatagram) {
  const Bytes bytes = build(UdpHeader{.src_port = 4000, .dst_port = 53}, alice, server, Bytes{'o'});
  const UdpView view(bytes);
  EXPECT_EQ(view.src_port(), 4000);
  EXPECT_EQ(view.dst_port(), 53);
  EXPECT_EQ(view.length(), 9);
  EXPECT_THAT(view.payload(), ElementsAre('o'));
  EXPECT_TRUE(view.checksum_valid(pseudo_header_sum(alice, server, 17, 9)));
}

TEST(Udp, SendsAComputedZeroAsAllOnes) {
  for (std::uint32_t port = 0; port <= 0xffff; ++port) {
    const UdpHeader header{.src_port = static_cast<std::uint16_t>(port)};
    ASSERT_NE(UdpView(build(header, alice, server, {})).checksum(), 0);
  }
}

TEST(Udp, LeavesAnAbsentChecksumAbsent) {
  const Bytes bytes = build(UdpHeader{.length = 7, .checksum = 0}, alice, server, {});
  EXPECT_EQ(UdpView(bytes).checksum(), 0);
  EXPECT_EQ(UdpView(bytes).length(), 7);
}

TEST(Tcp, BuildsAValidSegment) {
  const TcpHeader header{.src_port = 4000,
                         .dst_port = 80,
                         .seq = 0x01020304,
                         .ack = 0xfffefdfc,
                         .flags = 0x12,
                         .reserved = 5,
                         .window = 512,
                         .urgent = 3,
                         .options = {2, 4, 5, 0xb4, 1}};
  const Bytes bytes = build(header, alice, server, Bytes{'x'});
  const TcpView view(bytes);
  EXPECT_EQ(view.seq(), 0x01020304u);
  EXPECT_EQ(view.ack(), 0xfffefdfcu);
  EXPECT_EQ(view.header_length(), 28u);
  EXPECT_EQ(view.reserved(), 5);
  EXPECT_TRUE(view.has(tcp::syn));
  EXPECT_FALSE(view.has(tcp::syn | tcp::fin));
  EXPECT_EQ(view.window(), 512);
  EXPECT_EQ(view.urgent(), 3);
  EXPECT_THAT(view.options(), ElementsAre(2, 4, 5, 0xb4, 1, 0, 0, 0));
  EXPECT_THAT(view.payload(), ElementsAre('x'));
  EXPECT_TRUE(view.checksum_valid(pseudo_header_sum(alice, server, 6, bytes.size())));
}

TEST(Tcp, QuotedHeaderHasPortsOnly) {
  const Bytes bytes(8);
  EXPECT_TRUE(TcpView(bytes).quoted_fits());
  EXPECT_FALSE(TcpView(bytes).fits());
  EXPECT_FALSE(TcpView::parse(bytes));
}

TEST(TcpOptions, AreReadOneByOne) {
  const Bytes options = {2, 4, 5, 0xb4, 1, 3, 3, 7, 0};
  TcpOptionReader reader(options);
  std::vector<std::uint8_t> kinds;
  while (const auto option = reader.next())
    kinds.push_back(option->kind);
  EXPECT_THAT(kinds, ElementsAre(2, 1, 3, 0));
  EXPECT_THAT(reader.rest(), IsEmpty());
}

TEST(TcpOptions, StopBeforeWhatIsMalformed) {
  for (const Bytes& bad : {Bytes{5}, Bytes{5, 0}, Bytes{5, 1}, Bytes{5, 4, 0}}) {
    Bytes options = {1};
    options.insert(options.end(), bad.begin(), bad.end());
    TcpOptionReader reader(options);
    EXPECT_TRUE(reader.next());
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.rest().size(), bad.size());
  }
}

TEST(TcpFlags, HaveNames) {
  EXPECT_EQ(tcp::flags_to_string(0), "none");
  EXPECT_EQ(tcp::flags_to_string(tcp::syn | tcp::ack_flag), "SYN,ACK");
  EXPECT_EQ(tcp::flags_to_string(0xff), "FIN,SYN,RST,PSH,ACK,URG,ECE,CWR");
  EXPECT_EQ(tcp::flag_of("CWR"), tcp::cwr);
  EXPECT_FALSE(tcp::flag_of("syn"));
}

TEST(Icmpv4, BuildsAnEcho) {
  const Bytes bytes =
      build(Icmpv4Header{.type = icmpv4::echo_request, .rest = 0x00070001}, Bytes{'p'});
  const Icmpv4View view(bytes);
  EXPECT_EQ(view.id(), 7);
  EXPECT_EQ(view.seq(), 1);
  EXPECT_TRUE(view.checksum_valid());
  EXPECT_TRUE(view.is_query());
  EXPECT_FALSE(view.is_error());
  EXPECT_THAT(view.payload(), ElementsAre('p'));
}

TEST(Icmpv4, SortsTypesIntoErrorsAndQueries) {
  std::vector<int> errors;
  std::vector<int> queries;
  for (int type = 0; type < 256; ++type) {
    if (icmpv4::is_error(static_cast<std::uint8_t>(type))) errors.push_back(type);
    if (icmpv4::is_query(static_cast<std::uint8_t>(type))) queries.push_back(type);
  }
  EXPECT_THAT(errors, ElementsAre(3, 4, 5, 11, 12));
  EXPECT_THAT(queries, ElementsAre(0, 8, 13, 14, 15, 16, 17, 18));
}

TEST(Icmpv4, NamesAreUnique) {
  for (const auto& a : icmpv4::names()) {
    EXPECT_EQ(icmpv4::name_of(a.type, a.code), a.word);
    for (const auto& b : icmpv4::names())
      EXPECT_TRUE(&a == &b || a.word != b.word) << a.word;
  }
  EXPECT_EQ(icmpv4::name_of(3, 3), "port-unreachable");
  EXPECT_EQ(icmpv4::name_of(3, 99), "");
}

}  // namespace
}  // namespace natstep::wire
