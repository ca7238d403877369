// SPDX-License-Identifier: GPL-2.0-or-later
// Every mistake in a packet is reported where it is, with what was probably meant.
#include "model/wire/text.h"

#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

/// A text in which `^` stands before the place of the mistake, and what is said about it.
struct MistakeCase {
  std::string_view marked;
  std::string_view message;
  std::string_view hint;
};

class Mistakes : public testing::TestWithParam<MistakeCase> {};

TEST_P(Mistakes, AreReportedWhereTheyAre) {
  std::string text(GetParam().marked);
  const std::size_t offset = text.find('^');
  ASSERT_NE(offset, std::string::npos);
  text.erase(offset, 1);
  const auto packet = parse_packet(text);
  ASSERT_FALSE(packet) << text;
  EXPECT_EQ(packet.error().message, GetParam().message);
  EXPECT_EQ(packet.error().hint, GetParam().hint);
  EXPECT_EQ(packet.error().offset, offset) << packet.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Endpoints, Mistakes,
    testing::Values(
        MistakeCase{"^", "a packet is missing",
                    "udp, tcp, icmp, icmp6, udplite, sctp, dccp, gre, ip, ip6 or hex"},
        MistakeCase{"^udq 1.2.3.4:1 > 5.6.7.8:2", "unknown protocol `udq`", "did you mean `udp`?"},
        MistakeCase{
            "^banana", "unknown protocol `banana`",
            "a packet begins with udp, tcp, icmp, icmp6, udplite, sctp, dccp, gre, ip, ip6 or hex"},
        MistakeCase{"udp ^10.0.1.300:2 > 5.6.7.8:2", "`10.0.1.300` is not an IPv4 address",
                    "as in 10.0.1.2"},
        MistakeCase{"udp 1.2.3.4:1 > ^fe80:2", "`fe80` is not an IPv4 address", "as in 10.0.1.2"},
        MistakeCase{"udp 1.2.3.4:^65536 > 5.6.7.8:2", "port 65536 is out of range", "0 to 65535"},
        MistakeCase{"udp 1.2.3.4:^http > 5.6.7.8:2", "port needs a number, not `http`", ""},
        MistakeCase{"udp 1.2.3.4:^$ > 5.6.7.8:2", "`$` is not a variable", "as in $p"},
        MistakeCase{"udp 1.2.3.4^ > 5.6.7.8:2", "udp needs a port", "as in 1.2.3.4:53"},
        MistakeCase{"icmp 1.2.3.4^:7 > 5.6.7.8", "icmp has no ports", "write the address alone"},
        MistakeCase{"udp 1.2.3.4:1 ^5.6.7.8:2", "expected `>` between source and destination",
                    "SOURCE > DESTINATION"},
        MistakeCase{"udp 1.2.3.4:1 >^", "expected an address", ""}));

INSTANTIATE_TEST_SUITE_P(
    Chunks, Mistakes,
    testing::Values(MistakeCase{"sctp 1.2.3.4:1 > 5.6.7.8:2 ^INT", "unknown field `INT`",
                                "did you mean `INIT`?"},
                    MistakeCase{"sctp 1.2.3.4:1 > 5.6.7.8:2 INIT tag ^x", "`tag` needs a number",
                                ""},
                    MistakeCase{"sctp 1.2.3.4:1 > 5.6.7.8:2 INIT os ^65536",
                                "`os` 65536 is out of range", "0 to 65535"},
                    MistakeCase{"sctp 1.2.3.4:1 > 5.6.7.8:2 DATA hex ^0",
                                "expected pairs of hex digits", "as in hex 00ff"},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^INIT", "udp has no field `INIT`",
                                "`INIT` belongs to sctp"}));

INSTANTIATE_TEST_SUITE_P(
    Fields, Mistakes,
    testing::Values(
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^tll 63", "unknown field `tll`",
                    "did you mean `ttl`?"},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^chekcsum bad", "unknown field `chekcsum`",
                    "did you mean `checksum`?"},
        MistakeCase{"icmp 1.2.3.4 > 5.6.7.8 ^echo-requst", "unknown field `echo-requst`",
                    "did you mean `echo-request`?"},
        MistakeCase{"tcp 1.2.3.4:1 > 5.6.7.8:2 ^syn", "unknown field `syn`", "did you mean `SYN`?"},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^xyzzyplugh", "unknown field `xyzzyplugh`", ""},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^mss 1460", "udp has no field `mss`",
                    "`mss` belongs to tcp"},
        MistakeCase{"tcp 1.2.3.4:1 > 5.6.7.8:2 ^echo-reply", "tcp has no field `echo-reply`",
                    "`echo-reply` belongs to icmp"},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ttl ^256", "`ttl` 256 is out of range", "0 to 255"},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ttl ^99999999999999999999",
                    "`ttl` 99999999999999999999 is out of range", "0 to 255"},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ttl ^high", "`ttl` needs a number, not `high`", ""},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ttl^", "`ttl` needs a value", ""},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ttl ^\"63\"", "`ttl` needs a value", ""},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ttl 1 ^ttl 2", "`ttl` sets ipv4.ttl a second time",
                    ""},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 frag ^7", "fragment offset 7 cannot be written",
                    "a multiple of 8 up to 65528"},
        MistakeCase{"tcp 1.2.3.4:1 > 5.6.7.8:2 SYN,^ACKK", "unknown TCP flag `ACKK`",
                    "FIN, SYN, RST, PSH, ACK, URG, ECE, CWR"},
        MistakeCase{"tcp 1.2.3.4:1 > 5.6.7.8:2 checksum ^absent",
                    "only a UDP checksum can be absent", ""},
        MistakeCase{"tcp 1.2.3.4:1 > 5.6.7.8:2 mss ^70000", "`mss` 70000 is out of range",
                    "0 to 65535"},
        MistakeCase{"tcp 1.2.3.4:1 > 5.6.7.8:2 sack ^", "`sack` needs a block",
                    "as in sack 1000-2000"},
        MistakeCase{"icmp 1.2.3.4 > 5.6.7.8 pad ^4",
                    "`pad` follows a quoted packet, and there is none",
                    "a quoted packet stands in [ ... ]"}));

INSTANTIATE_TEST_SUITE_P(
    Ipv6, Mistakes,
    testing::Values(
        MistakeCase{"udp [^fd00::g]:1 > [fd00::1]:2", "`fd00::g` is not an IPv6 address",
                    "as in fd00::2"},
        MistakeCase{"udp [fd00::2]^ > [fd00::1]:2", "udp needs a port", "as in [fd00::2]:53"},
        MistakeCase{"udp fd00::2^ > [fd00::1]:2", "udp needs a port", "as in [fd00::2]:53"},
        MistakeCase{"icmp6 [fd00::2]^:7 > fd00::1", "icmp6 has no ports",
                    "write the address alone"},
        MistakeCase{"udp [fd00::2]:1 > ^10.0.0.1:2",
                    "source and destination are of different families", ""},
        MistakeCase{"icmp ^fd00::2 > fd00::1", "icmp goes between IPv4 addresses",
                    "did you mean `icmp6`?"},
        MistakeCase{"ip6 ^10.0.1.2 > 10.0.1.3", "ip6 goes between IPv6 addresses",
                    "did you mean `ip`?"},
        MistakeCase{"udp [fd00::2]:1 > [fd00::1]:2 ^ttl 3", "an IPv6 packet has no field `ttl`",
                    "did you mean `hlim`?"},
        MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^hlim 3", "an IPv4 packet has no field `hlim`",
                    "did you mean `ttl`?"},
        MistakeCase{"udp [fd00::2]:1 > [fd00::1]:2 ^df", "an IPv6 packet has no field `df`", ""},
        MistakeCase{"udp [fd00::2]:1 > [fd00::1]:2 ^hopots 00", "unknown field `hopots`",
                    "did you mean `hopopts`?"},
        MistakeCase{"udp [fd00::2]:1 > [fd00::1]:2 hopopts ^lots",
                    "`hopopts` needs what stands in the header",
                    "as in hopopts hex 010400000000, all behind its first two bytes"},
        MistakeCase{"udp [fd00::2]:1 > [fd00::1]:2 ^frag hex 00",
                    "a fragment header has six bytes behind its first two", ""},
        MistakeCase{"udp [fd00::2]:1 > [fd00::1]:2 frag ^7", "fragment offset 7 cannot be written",
                    "a multiple of 8 up to 65528"},
        MistakeCase{"udp [fd00::2]:1 > [fd00::1]:2 ip-id ^7",
                    "an IPv6 packet has an `ip-id` only in a fragment header",
                    "as in frag 0+ ip-id 7"},
        MistakeCase{"udp [fd00::2]:1 > [fd00::1]:2 dstopts 00 next ^256", "`next` needs a number",
                    "0 to 255"},
        MistakeCase{"udp [fd00::2]:1 > [fd00::1]:2 frag 0 ^frag 8",
                    "`frag` sets ipv6.fragment.offset a second time", ""}));

INSTANTIATE_TEST_SUITE_P(
    Payloads, Mistakes,
    testing::Values(MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^\"one",
                                "the string has no closing quote",
                                "a quote inside a string is written \\\""},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 \"a^\\q\"", "unknown escape in a string",
                                "use \\\" \\\\ \\n \\r \\t \\0 or \\xNN"},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 \"^\\x4\"", "\\x needs two hex digits",
                                "as in \\x0a"},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 hex ^123",
                                "expected pairs of hex digits",
                                "as in hex 00ff; hex - for no bytes"},
                    MistakeCase{"hex 12 ^xy", "expected pairs of hex digits",
                                "as in hex 00ff; hex - for no bytes"},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^zeros 9",
                                "`zeros` stands behind a payload", "as in hex 00ff zeros 100"},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 hex 00 zeros ^many",
                                "`zeros` needs a number of bytes", "as in payload 100"},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 payload ^lots",
                                "`payload` needs a number of bytes", "as in payload 100"},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 payload ^65536",
                                "the payload is too long", "0 to 65535 bytes"},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 \"a\" ^\"b\"",
                                "`\"b\"` comes after another of its kind", ""},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 \"a\" ^payload 3",
                                "`payload` comes after another of its kind", ""},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 trailer 00 ^trailer 00",
                                "`trailer` comes after another of its kind", ""}));

INSTANTIATE_TEST_SUITE_P(
    Nesting, Mistakes,
    testing::Values(MistakeCase{"icmp 1.2.3.4 > 5.6.7.8 ^[ udp 1.2.3.4:1 > 5.6.7.8:2",
                                "the quoted packet has no closing `]`", ""},
                    MistakeCase{"icmp 1.2.3.4 > 5.6.7.8 [ udp 1.2.3.4:1 > 5.6.7.8:2 ] ^]",
                                "unexpected `]`", ""},
                    MistakeCase{"icmp 1.2.3.4 > 5.6.7.8 [ udp 1.2.3.4:1 > 5.6.7.8:2 ] ^[ hex 00 ]",
                                "a second quoted packet", ""},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^[ hex 00 ]",
                                "only icmp and icmp6 quote a packet",
                                "icmp SRC > DST time-exceeded [ PACKET ]"},
                    MistakeCase{"icmp 1.2.3.4 > 5.6.7.8 [ ^]", "a packet is missing",
                                "udp, tcp, icmp, icmp6, udplite, sctp, dccp, gre, ip, ip6 or hex"},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^> 1.2.3.4:1", "unexpected `>`", ""},
                    MistakeCase{"udp 1.2.3.4:1 > 5.6.7.8:2 ^where $p in 1-2",
                                "`where` does not belong here",
                                "conditions follow an `out` packet only"}));

TEST(Nesting, HasALimit) {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += "icmp 1.2.3.4 > 5.6.7.8 [ ";
  const auto packet = parse_packet(text);
  ASSERT_FALSE(packet);
  EXPECT_EQ(packet.error().message, "packets are nested more than 8 deep");
}

TEST(Build, SaysWhichVariableHasNoValue) {
  const std::string_view text = "udp 1.2.3.4:1 > 5.6.7.8:$port";
  const auto bytes = parse_packet(text).value().build({});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().message, "$port has no value yet");
  EXPECT_EQ(text.substr(bytes.error().offset), "$port");
}

TEST(Build, RefusesAVariableThatDoesNotFit) {
  const auto bytes = parse_packet("udp 1.2.3.4:1 > 5.6.7.8:$p").value().build({{"p", 65536}});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().message, "$p is 65536, which does not fit here");
}

TEST(Conditions, AreRead) {
  const auto conditions =
      parse_conditions(" $p in 1024-65535 and $p != 4000 and $q == 0x10 # free");
  ASSERT_TRUE(conditions) << conditions.error().message;
  const auto& list = conditions.value();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].variable, "p");
  EXPECT_EQ(list[0].kind, Condition::Kind::in_range);
  EXPECT_EQ(list[0].low, 1024u);
  EXPECT_EQ(list[0].high, 65535u);
  EXPECT_EQ(list[1].kind, Condition::Kind::not_equal);
  EXPECT_EQ(list[1].low, 4000u);
  EXPECT_EQ(list[2].variable, "q");
  EXPECT_EQ(list[2].kind, Condition::Kind::equal);
  EXPECT_EQ(list[2].low, 16u);
}

TEST(Conditions, AboutParityNeedNoNumber) {
  const auto conditions = parse_conditions("$p odd and $q even and $p != 7");
  ASSERT_TRUE(conditions) << conditions.error().message;
  const auto& list = conditions.value();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].kind, Condition::Kind::odd);
  EXPECT_EQ(list[1].kind, Condition::Kind::even);
  EXPECT_EQ(to_string(list[0]), "$p odd");
  EXPECT_EQ(to_string(list[1]), "$q even");
  EXPECT_EQ(list[2].low, 7u);
}

class BadConditions : public testing::TestWithParam<MistakeCase> {};

TEST_P(BadConditions, AreReportedWhereTheyAre) {
  std::string text(GetParam().marked);
  const std::size_t offset = text.find('^');
  text.erase(offset, 1);
  const auto conditions = parse_conditions(text);
  ASSERT_FALSE(conditions) << text;
  EXPECT_EQ(conditions.error().message, GetParam().message);
  EXPECT_EQ(conditions.error().offset, offset);
}

INSTANTIATE_TEST_SUITE_P(
    Conditions, BadConditions,
    testing::Values(MistakeCase{"^", "expected a variable", ""},
                    MistakeCase{"^p in 1-2", "expected a variable", ""},
                    MistakeCase{"$p ^from 1-2", "expected `in`, `==`, `!=`, `even` or `odd`", ""},
                    MistakeCase{"$p in ^1024", "expected a range", ""},
                    MistakeCase{"$p in ^2-1", "the range is empty", ""},
                    MistakeCase{"$p in 1-^x", "expected a number", ""},
                    MistakeCase{"$p == ^", "expected a number", ""},
                    MistakeCase{"$p == 1 ^or $p == 2", "expected `and`", ""},
                    MistakeCase{"$p == 1 and ^", "expected a variable", ""},
                    MistakeCase{"$p == ^4294967296", "the number is too large", ""}));

}  // namespace
}  // namespace natstep::wire
