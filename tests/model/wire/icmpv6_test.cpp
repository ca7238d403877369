// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/icmpv6.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

using testing::ElementsAre;

const Address alice = *Address::parse("fd00::2");
const Address server = *Address::parse("2001:db8::9");

TEST(Icmpv6, BuildsAValidMessage) {
  const Bytes bytes = build(Icmpv6Header{.type = icmpv6::echo_request, .rest = 0x00070001}, alice,
                            server, Bytes{'p'});
  const Icmpv6View view(bytes);
  EXPECT_EQ(view.type(), 128);
  EXPECT_EQ(view.id(), 7);
  EXPECT_EQ(view.seq(), 1);
  EXPECT_THAT(view.payload(), ElementsAre('p'));
  EXPECT_TRUE(view.checksum_valid(pseudo_header_sum(alice, server, 58, 9)));
  EXPECT_FALSE(view.checksum_valid(pseudo_header_sum(alice, alice, 58, 9)));
}

TEST(Icmpv6, WritesWhatIsSetAsItStands) {
  const Bytes bytes =
      build(Icmpv6Header{.type = 2, .code = 3, .rest = 0x00010500, .checksum = 0x1234}, alice,
            server, {});
  EXPECT_THAT(bytes, ElementsAre(2, 3, 0x12, 0x34, 0, 1, 5, 0));
  EXPECT_EQ(Icmpv6View(bytes).mtu(), 0x10500u);
}

TEST(Icmpv6, EditsInPlace) {
  Bytes bytes = build(Icmpv6Header{.type = icmpv6::echo_reply}, alice, server, {});
  const Icmpv6Edit edit(bytes);
  edit.set_id(99);
  const std::uint32_t seed = pseudo_header_sum(alice, server, 58, 8);
  EXPECT_FALSE(Icmpv6View(bytes).checksum_valid(seed));
  edit.fill_checksum(seed);
  EXPECT_TRUE(Icmpv6View(bytes).checksum_valid(seed));
}

TEST(Icmpv6, TellsErrorsFromQueries) {
  EXPECT_TRUE(icmpv6::is_error(0));
  EXPECT_TRUE(icmpv6::is_error(127));
  EXPECT_FALSE(icmpv6::is_error(icmpv6::echo_request));
  EXPECT_TRUE(icmpv6::is_query(icmpv6::echo_reply));
  EXPECT_FALSE(icmpv6::is_query(icmpv6::node_information_query));
}

TEST(Icmpv6, NamesTypesAndCodes) {
  EXPECT_EQ(icmpv6::name_of(1, 4), "port-unreachable");
  EXPECT_EQ(icmpv6::name_of(2, 0), "packet-too-big");
  EXPECT_EQ(icmpv6::name_of(2, 1), "");
  for (const auto& name : icmpv6::names()) {
    EXPECT_EQ(icmpv6::name_of(name.type, name.code), name.word);
  }
}

}  // namespace
}  // namespace natstep::wire
