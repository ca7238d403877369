// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/helper/sip_text.h"

#include "model/helper/sip_values.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace natstep::model::sip {
namespace {

std::string_view taken(std::string_view text, Part part) {
  return text.substr(part.at, part.size);
}

TEST(SipText, AHeaderBeginsALineAndIgnoresCase) {
  constexpr std::string_view text = "x CSeq: 1 A\r\ncseq : 42 INVITE\r\n";
  Part part;
  ASSERT_EQ(find_header(text, 0, Header::cseq, part), Found::yes);
  EXPECT_EQ(taken(text, part), "42");
}

TEST(SipText, AHeaderMayHaveAShortNameOnly) {
  constexpr std::string_view text = "x\r\nlong: 7\r\nl: 12\r\n";
  Part part;
  ASSERT_EQ(find_header(text, 0, Header::content_length, part), Found::yes);
  EXPECT_EQ(taken(text, part), "12");
}

TEST(SipText, ALineThatBeginsWithABlankGoesOn) {
  constexpr std::string_view text = "x\r\nTo:\r\n  <sip:bob@10.0.1.2:5062>\r\n";
  Endpoint endpoint;
  ASSERT_EQ(find_endpoint(text, Header::to, endpoint), Found::yes);
  EXPECT_EQ(taken(text, endpoint.part), "10.0.1.2:5062");
  EXPECT_EQ(endpoint.port, 5062);
}

TEST(SipText, AnEndpointWithoutPortHasThatOfSip) {
  constexpr std::string_view text = "x\r\nFrom: <sip:10.0.1.2>\r\n";
  Endpoint endpoint;
  ASSERT_EQ(find_endpoint(text, Header::from, endpoint), Found::yes);
  EXPECT_EQ(endpoint.port, default_port);
}

TEST(SipText, APrivilegedPortCannotBeRead) {
  constexpr std::string_view text = "x\r\nFrom: <sip:10.0.1.2:1023>\r\n";
  Endpoint endpoint;
  EXPECT_EQ(find_endpoint(text, Header::from, endpoint), Found::nothing);
}

TEST(SipText, ANameIsNoAddress) {
  constexpr std::string_view text = "x\r\nFrom: <sip:bob@example.org>\r\n";
  Endpoint endpoint;
  EXPECT_EQ(find_endpoint(text, Header::from, endpoint), Found::nothing);
}

TEST(SipText, AWalkMeetsEveryContact) {
  constexpr std::string_view text =
      "x\r\nm: <sip:a@10.0.1.2>, <sip:b@10.0.1.3>\r\nContact: <sip:c@10.0.1.4>\r\n";
  Walk walk;
  Endpoint contact;
  std::vector<std::string_view> met;
  while (find_endpoint(text, Header::contact, contact, &walk) == Found::yes)
    met.push_back(taken(text, contact.part));
  EXPECT_EQ(met, (std::vector<std::string_view>{"10.0.1.2", "10.0.1.3", "10.0.1.4"}));
}

TEST(SipText, AParameterEndsWithItsValue) {
  constexpr std::string_view text = "Via: x;received=10.0.1.2;rport=5080;branch=1, y;rport=1\r\n";
  const auto received = find_address_parameter(text, 0, "received=", Brackets::may);
  ASSERT_TRUE(received);
  EXPECT_EQ(taken(text, received->part), "10.0.1.2");
  Number number;
  ASSERT_EQ(find_number_parameter(text, 0, "rport=", number), Found::yes);
  EXPECT_EQ(number.value, 5080U);
}

TEST(SipText, ANumberThatIsTooLargeIsNone) {
  EXPECT_EQ(read_number("4294967295", 0), 4294967295U);
  EXPECT_EQ(read_number("4294967296", 0), std::nullopt);
  EXPECT_EQ(read_number("x", 0), std::nullopt);
}

TEST(SipText, ADescriptionEndsAtItsFirstStream) {
  constexpr std::string_view text = "x\r\nv=0\r\nm=audio 6000 RTP\r\nc=IN IP4 10.0.1.2\r\n";
  Part part;
  EXPECT_EQ(find_line(text, 0, Line::connection, Line::media, part), Found::nothing);
  ASSERT_EQ(find_line(text, 0, Line::connection, std::nullopt, part), Found::yes);
  EXPECT_EQ(taken(text, part), "10.0.1.2");
  ASSERT_EQ(find_line(text, 0, Line::media, std::nullopt, part), Found::yes);
  EXPECT_EQ(taken(text, part), "audio 6000");
}

std::string read(std::string_view text) {
  const auto address = read_ipv6(text, 0);
  return address ? to_string(address->address) + '|' + std::string(text.substr(address->end)) : "";
}

TEST(SipText, AnAddressOfIpv6EndsWhereItCannotGoOn) {
  EXPECT_EQ(read("fd00:1::2]:5060"), "fd00:1::2|]:5060");
  EXPECT_EQ(read("FD00:0001:0:0:0:0:0:2"), "fd00:1::2|");
  EXPECT_EQ(read("1:2:3:4:5:6:7:8 x"), "1:2:3:4:5:6:7:8| x");
  EXPECT_EQ(read("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0|");
  EXPECT_EQ(read("::\r"), "::|\r");
  EXPECT_EQ(read("00001::2"), "1::2|");
  EXPECT_EQ(read("fd00::10.0.1.2;"), "fd00::a00:102|;");
}

TEST(SipText, WhatIsNoAddressOfIpv6IsNotRead) {
  for (const std::string_view text :
       {"", ":", ":1::2", "fd00:1::2:", "fd00:1:::2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "10001::2", "1::2::3", "1::2.", "10.0.1.2", "1:2:3:4:5:6:7:1.2.3.4", "[::1]"})
    EXPECT_EQ(read(text), "") << text;
}

TEST(SipText, AHostOfIpv6StandsInBrackets) {
  constexpr auto ipv6 = wire::AddressFamily::ipv6;
  EXPECT_FALSE(read_host({"fd00::1:5060", ipv6}, 0, Brackets::must));
  EXPECT_FALSE(read_host({"[fd00::1", ipv6}, 0, Brackets::must));
  const auto bare = read_host({"fd00::1;", ipv6}, 0, Brackets::may);
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->end, 7U);
  const auto endpoint = read_endpoint({"[fd00::1]:5070 ", ipv6}, 0);
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->port, 5070);
  EXPECT_EQ(endpoint->part.size, 14U);
}

}  // namespace
}  // namespace natstep::model::sip
