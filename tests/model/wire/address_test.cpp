// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/address.h"

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

TEST(Address, ReadsADottedQuad) {
  const auto address = Address::parse("10.0.1.2");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->family, AddressFamily::ipv4);
  EXPECT_EQ(address->ipv4_value(), 0x0a000102u);
  EXPECT_EQ(address->size(), 4u);
  EXPECT_EQ(*address, Address::ipv4(0x0a000102));
}

class RefusedAddress : public testing::TestWithParam<std::string_view> {};

TEST_P(RefusedAddress, IsRefused) {
  EXPECT_FALSE(Address::parse(GetParam())) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Address, RefusedAddress,
                         testing::Values("", "10", "10.0.1", "10.0.1.2.3", "10.0.1.256", "10.0.1.",
                                         "10.0.01.2", "10.0.1.2 ", "10.0.1.-1", "a.b.c.d", ":",
                                         ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                                         "1:2:3:4:5:6:7:8::", "12345::", "::1:", "::g",
                                         "1.2.3.4::", "::1.2.3.4:5"));

/// Text, and how RFC 5952 writes it.
class WrittenAddress
    : public testing::TestWithParam<std::pair<std::string_view, std::string_view>> {};

TEST_P(WrittenAddress, IsPrintedTheShortWay) {
  const auto address = Address::parse(GetParam().first);
  ASSERT_TRUE(address) << GetParam().first;
  EXPECT_EQ(to_string(*address), GetParam().second);
  EXPECT_EQ(Address::parse(to_string(*address)), address);
}

INSTANTIATE_TEST_SUITE_P(Address, WrittenAddress,
                         testing::Values(std::pair{"0.0.0.0", "0.0.0.0"},
                                         std::pair{"255.255.255.255", "255.255.255.255"},
                                         std::pair{"::", "::"}, std::pair{"::1", "::1"},
                                         std::pair{"1::", "1::"},
                                         std::pair{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
                                         std::pair{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                                         std::pair{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
                                         std::pair{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
                                         std::pair{"::ffff:192.0.2.1", "::ffff:c000:201"}));

TEST(Address, OrdersByBytes) {
  EXPECT_LT(Address::ipv4(0x0a000002), Address::ipv4(0x0a000010));
  EXPECT_NE(Address::ipv4(0), Address{});
}

TEST(Prefix, ContainsWhatSharesItsBits) {
  const auto prefix = Prefix::parse("10.0.1.1/23");
  ASSERT_TRUE(prefix);
  EXPECT_TRUE(prefix->contains(*Address::parse("10.0.0.0")));
  EXPECT_TRUE(prefix->contains(*Address::parse("10.0.1.255")));
  EXPECT_FALSE(prefix->contains(*Address::parse("10.0.2.0")));
  EXPECT_FALSE(prefix->contains(*Address::parse("a00:100::")));
  EXPECT_EQ(to_string(*prefix), "10.0.1.1/23");
}

TEST(Prefix, OfLengthZeroContainsEverythingOfItsFamily) {
  const auto prefix = Prefix::parse("0.0.0.0/0");
  ASSERT_TRUE(prefix);
  EXPECT_TRUE(prefix->contains(*Address::parse("255.255.255.255")));
  EXPECT_FALSE(prefix->contains(*Address::parse("::")));
}

TEST(Prefix, OfFullLengthContainsOneAddress) {
  const auto prefix = Prefix::parse("2001:db8::1/128");
  ASSERT_TRUE(prefix);
  EXPECT_TRUE(prefix->contains(*Address::parse("2001:db8::1")));
  EXPECT_FALSE(prefix->contains(*Address::parse("2001:db8::")));
}

TEST(Prefix, RefusesWhatIsNone) {
  for (const auto* text : {"10.0.1.1", "10.0.1.1/33", "10.0.1.1/", "10.0.1/24", "::1/129", "/24"}) {
    EXPECT_FALSE(Prefix::parse(text)) << text;
  }
}

}  // namespace
}  // namespace natstep::wire
