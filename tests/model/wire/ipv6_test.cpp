// SPDX-License-Identifier: GPL-2.0-or-later
// The IPv6 header, its extension headers, and how far a walk over them comes.
#include "model/wire/ipv6.h"

#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using End = ExtensionWalk::End;

const Address alice = *Address::parse("fd00::2");
const Address server = *Address::parse("2001:db8::9");

Bytes with_extensions(std::vector<Ipv6Extension> extensions, ByteView payload = {}) {
  return build(Ipv6Header{.src = alice,
                          .dst = server,
                          .protocol = ip_protocol::udp,
                          .extensions = std::move(extensions)},
               payload);
}

ExtensionWalk walk_over(const Bytes& bytes) {
  return Ipv6View(bytes).walk();
}

TEST(Ipv6, BuildsAHeaderFromAddressesAndProtocol) {
  const Bytes bytes = build(Ipv6Header{.src = alice, .dst = server, .protocol = 17}, Bytes{1, 2});
  EXPECT_THAT(ByteView(bytes).first(8), ElementsAre(0x60, 0, 0, 0, 0, 2, 17, 64));
  const Ipv6View view(bytes);
  EXPECT_EQ(view.src_address(), alice);
  EXPECT_EQ(view.dst_address(), server);
  EXPECT_THAT(view.payload(), ElementsAre(1, 2));
  EXPECT_THAT(view.trailer(), IsEmpty());
}

TEST(Ipv6, WritesWhatIsSetAsItStands) {
  const Bytes bytes = build(Ipv6Header{.hop_limit = 1,
                                       .traffic_class = 0xb8,
                                       .flow_label = 0xf2345,
                                       .version = 5,
                                       .next_header = 99,
                                       .payload_length = 7},
                            {});
  EXPECT_THAT(ByteView(bytes).first(8), ElementsAre(0x5b, 0x8f, 0x23, 0x45, 0, 7, 99, 1));
  const Ipv6View view(bytes);
  EXPECT_EQ(view.version(), 5);
  EXPECT_EQ(view.traffic_class(), 0xb8);
  EXPECT_EQ(view.flow_label(), 0xf2345u);
}

TEST(Ipv6, SeparatesPayloadFromTrailer) {
  Bytes bytes = build(Ipv6Header{}, Bytes{1, 2});
  bytes.insert(bytes.end(), {8, 9});
  EXPECT_THAT(Ipv6View(bytes).payload(), ElementsAre(1, 2));
  EXPECT_THAT(Ipv6View(bytes).trailer(), ElementsAre(8, 9));
  EXPECT_THAT(Ipv6View(bytes).rest(), ElementsAre(1, 2, 8, 9));
}

TEST(Ipv6, NeverGivesASpanOutsideOfItsBytes) {
  for (const int length : {0, 1, 4, 5, 65535}) {
    const Bytes bytes =
        build(Ipv6Header{.payload_length = static_cast<std::uint16_t>(length)}, Bytes(4, 7));
    EXPECT_EQ(Ipv6View(bytes).payload().size(), std::min(length, 4)) << length;
    EXPECT_EQ(Ipv6View(bytes).trailer().size(), length > 4 ? 0 : 4 - length) << length;
  }
}

TEST(Ipv6, ParsesOnlyWhereAFixedHeaderIs) {
  const Bytes bytes(40);
  EXPECT_TRUE(Ipv6View::parse(bytes));
  EXPECT_FALSE(Ipv6View::parse(ByteView(bytes).first(39)));
}

TEST(Ipv6, EditsInPlaceAndTouchesNothingElse) {
  Bytes bytes = build(Ipv6Header{.src = alice, .dst = server, .protocol = 6}, Bytes{1});
  const Bytes before = bytes;
  const Ipv6Edit edit(bytes);
  edit.set_dst(alice);
  edit.set_traffic_class(0xff);
  edit.set_flow_label(0xfffff);
  EXPECT_THAT(ByteView(bytes).first(4), ElementsAre(0x6f, 0xff, 0xff, 0xff));
  EXPECT_EQ(Ipv6View(bytes).dst_address(), alice);
  edit.set_dst(server);
  edit.set_traffic_class(0);
  edit.set_flow_label(0);
  EXPECT_EQ(bytes, before);
}

TEST(Ipv6, ChainsExtensionHeaders) {
  const Bytes bytes = with_extensions({{.protocol = ip_protocol::hop_by_hop, .data = {1, 4}},
                                       fragment_extension(8 | ipv6::fragment::mf, 0x01020304)},
                                      Bytes{9});
  EXPECT_EQ(Ipv6View(bytes).next_header(), ip_protocol::hop_by_hop);
  EXPECT_EQ(Ipv6View(bytes).payload_length(), 17);
  EXPECT_THAT(Ipv6View(bytes).payload(), ElementsAre(44, 0, 1, 4, 0, 0, 0, 0,  //
                                                     17, 0, 0, 9, 1, 2, 3, 4,  //
                                                     9));
}

TEST(Ipv6, CountsAnAuthenticationHeaderInFourBytes) {
  const Bytes bytes =
      with_extensions({{.protocol = ip_protocol::authentication, .data = Bytes(10)}});
  EXPECT_EQ(Ipv6View(bytes).payload_length(), 12);
  EXPECT_THAT(Ipv6View(bytes).payload().first(2), ElementsAre(17, 1));
  EXPECT_EQ(walk_over(bytes).offset, 52u);
}

TEST(Ipv6Walk, EndsAtOnceWithoutExtensionHeaders) {
  const ExtensionWalk walk = walk_over(with_extensions({}));
  EXPECT_EQ(walk.end, End::upper_layer);
  EXPECT_EQ(walk.protocol, ip_protocol::udp);
  EXPECT_EQ(walk.offset, 40u);
  EXPECT_EQ(walk.headers, 0u);
  EXPECT_FALSE(walk.fragment);
}

TEST(Ipv6Walk, SkipsEveryKindOfHeader) {
  const ExtensionWalk walk =
      walk_over(with_extensions({{.protocol = ip_protocol::hop_by_hop, .data = Bytes(14)},
                                 {.protocol = ip_protocol::routing},
                                 {.protocol = ip_protocol::destination_options},
                                 {.protocol = ip_protocol::authentication, .data = Bytes(10)},
                                 fragment_extension(ipv6::fragment::mf, 7)}));
  EXPECT_EQ(walk.end, End::upper_layer);
  EXPECT_EQ(walk.protocol, ip_protocol::udp);
  EXPECT_EQ(walk.offset, 40u + 16 + 8 + 8 + 12 + 8);
  EXPECT_EQ(walk.headers, 5u);
  ASSERT_TRUE(walk.fragment);
  EXPECT_EQ(walk.fragment->offset, 84u);
  EXPECT_EQ(walk.fragment_word, ipv6::fragment::mf);
  EXPECT_EQ(walk.fragment_offset(), 0u);
}

TEST(Ipv6Walk, EndsAtALaterFragment) {
  const ExtensionWalk walk = walk_over(
      with_extensions({{.protocol = ip_protocol::hop_by_hop}, fragment_extension(16, 7)}));
  EXPECT_EQ(walk.end, End::later_fragment);
  EXPECT_EQ(walk.protocol, ip_protocol::fragment);
  EXPECT_EQ(walk.offset, 48u);
  EXPECT_EQ(walk.fragment_offset(), 16u);
  EXPECT_EQ(walk.fragment->next, ip_protocol::udp);
}

TEST(Ipv6Walk, EndsWhereNothingFollows) {
  const Bytes bytes = build(Ipv6Header{.protocol = ip_protocol::no_next_header}, Bytes(20));
  EXPECT_EQ(walk_over(bytes).end, End::no_next_header);
}

TEST(Ipv6Walk, TakesEncryptedPayloadForAnUpperLayer) {
  EXPECT_EQ(walk_over(build(Ipv6Header{.protocol = 50}, Bytes(20))).end, End::upper_layer);
}

TEST(Ipv6Walk, NeedsTwoBytesOfAHeaderAndFourOfAFragmentHeader) {
  const Bytes options = with_extensions({{.protocol = ip_protocol::destination_options}});
  EXPECT_EQ(Ipv6View(ByteView(options).first(42)).walk().end, End::upper_layer);
  EXPECT_EQ(Ipv6View(ByteView(options).first(42)).walk().offset, 48u);
  EXPECT_EQ(Ipv6View(ByteView(options).first(41)).walk().end, End::truncated);
  const Bytes fragment = with_extensions({fragment_extension(0, 7)});
  EXPECT_EQ(Ipv6View(ByteView(fragment).first(44)).walk().end, End::upper_layer);
  EXPECT_EQ(Ipv6View(ByteView(fragment).first(43)).walk().end, End::truncated);
}

TEST(Ipv6Walk, BelievesALengthThatClaimsTooMuch) {
  const ExtensionWalk walk = walk_over(
      with_extensions({{.protocol = ip_protocol::destination_options, .length = 255}}, Bytes(8)));
  EXPECT_EQ(walk.end, End::upper_layer);
  EXPECT_EQ(walk.offset, 40u + 2048);
}

TEST(Ipv6Fragments, TheFirstFragmentHeaderIsFoundWithTheByteThatNamesIt) {
  const Bytes bytes = with_extensions(
      {{.protocol = ip_protocol::destination_options}, fragment_extension(0, 7)}, Bytes(8));
  const auto place = find_fragment_header(bytes);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->named_at, 40u);
  EXPECT_EQ(place->offset, 48u);
  EXPECT_FALSE(find_fragment_header(with_extensions({}, Bytes(8))));
  EXPECT_FALSE(
      find_fragment_header(build(Ipv6Header{.protocol = ip_protocol::no_next_header}, {})));
}

TEST(Ipv6Fragments, WhatHopsReadIsNotCut) {
  const Ipv6Extension hop_by_hop{.protocol = ip_protocol::hop_by_hop};
  const Ipv6Extension options{.protocol = ip_protocol::destination_options};
  const Ipv6Extension routing{.protocol = ip_protocol::routing};
  const auto cut_at = [](const std::vector<Ipv6Extension>& extensions) {
    return fragmentable_part(with_extensions(extensions, Bytes(8)))->offset;
  };
  EXPECT_EQ(cut_at({}), 40u);
  EXPECT_EQ(cut_at({hop_by_hop}), 48u);
  EXPECT_EQ(cut_at({hop_by_hop, options}), 56u);
  EXPECT_EQ(cut_at({options, routing, options}), 56u);
  EXPECT_EQ(cut_at({{.protocol = ip_protocol::authentication}}), 40u);
}

TEST(Udp, IsChecksummedOverTheIpv6PseudoHeader) {
  const Bytes bytes = build(UdpHeader{.src_port = 4000, .dst_port = 53}, alice, server, Bytes{'o'});
  EXPECT_TRUE(UdpView(bytes).checksum_valid(pseudo_header_sum(alice, server, 17, 9)));
}

TEST(Tcp, IsChecksummedOverTheIpv6PseudoHeader) {
  const Bytes bytes = build(TcpHeader{.src_port = 4000, .dst_port = 80}, alice, server, Bytes{'o'});
  EXPECT_TRUE(TcpView(bytes).checksum_valid(pseudo_header_sum(alice, server, 6, 21)));
}

}  // namespace
}  // namespace natstep::wire
