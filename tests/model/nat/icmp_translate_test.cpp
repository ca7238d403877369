// SPDX-License-Identifier: GPL-2.0-or-later
// ICMP errors through NAT: what the host behind the mapping gets to see must be what it sent.
#include "tests/model/nat_support.h"

namespace natstep::model::test {
namespace {

using enum Hook;

wire::ByteView quote_of(wire::ByteView error) {
  return l4_of(error).subspan(wire::icmpv4::size);
}

struct IcmpTranslateTest : BoxTest {
  /// The first packet of a flow, as it leaves.
  wire::Bytes start(PortId in, const wire::Bytes& packet) {
    inject(in, packet);
    EXPECT_EQ(out.frames.size(), 1u);
    return out.frames.empty() ? wire::Bytes{} : out.frames[0].bytes;
  }
};

TEST_F(IcmpTranslateTest, ErrorFromOutsideAboutAMasqueradedFlow) {
  masquerade_on_wan();
  const auto sent = udp({"10.0.1.2", 4000}, {"198.51.100.9", 53});
  const auto seen = start(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  inject(wan, icmp("198.51.100.254", "203.0.113.1", 3, 3, 0, seen));
  EXPECT_EQ(left(), "lan 198.51.100.254 > 10.0.1.2") << "the reporter stays";
  const wire::Bytes quote(quote_of(out.frames[0].bytes).begin(),
                          quote_of(out.frames[0].bytes).end());
  auto expected = sent;  // but for the TTL, which had been lowered on the way
  wire::Ipv4Edit header{wire::MutableByteView(expected)};
  header.set_ttl(63);
  header.fill_checksum();
  EXPECT_EQ(quote, expected);
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes));
}

TEST_F(IcmpTranslateTest, EightBytesOfTcpAreEnough) {
  masquerade_on_wan();
  const auto seen = start(lan, tcp({"10.0.1.2", 4000}, {"198.51.100.9", 80}, wire::tcp::syn));
  inject(wan, icmp("198.51.100.254", "203.0.113.1", 11, 0, 0, first(seen, 28)));
  EXPECT_EQ(left(), "lan 198.51.100.254 > 10.0.1.2");
  EXPECT_EQ(flow_of(quote_of(out.frames[0].bytes)), "10.0.1.2:4000 > 198.51.100.9:80");
  EXPECT_EQ(quote_of(out.frames[0].bytes).size(), 28u);
}

TEST_F(IcmpTranslateTest, FewerThanEightBytesOfAMappedFlowAreDropped) {
  masquerade_on_wan();
  const auto seen = start(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  inject(wan, icmp("198.51.100.254", "203.0.113.1", 3, 3, 0, first(seen, 27)));
  EXPECT_EQ(left(), "dropped by NAT");
}

TEST_F(IcmpTranslateTest, ErrorFromTheServerSideOfADnat) {
  nat_rule(pre_routing, {equals(Field::meta_iifname, wan), nat(NatKind::dnat, to("192.168.1.8"))});
  const auto seen = start(wan, udp({"198.51.100.9", 4000}, {"203.0.113.1", 9999}));
  inject(dmz, icmp("192.168.1.77", "198.51.100.9", 3, 1, 0, seen));
  EXPECT_EQ(left(), "wan 203.0.113.1 > 198.51.100.9") << "the reporter is hidden";
  EXPECT_EQ(flow_of(quote_of(out.frames[0].bytes)), "198.51.100.9:4000 > 203.0.113.1:9999");
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes));
  EXPECT_TRUE(wire::Ipv4View(quote_of(out.frames[0].bytes)).checksum_valid());
}

TEST_F(IcmpTranslateTest, QuotedIpChecksumThatIsWrongStaysWrong) {
  masquerade_on_wan();
  auto seen = start(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  seen[wire::ipv4::checksum] ^= 0x10;
  inject(wan, icmp("198.51.100.254", "203.0.113.1", 3, 3, 0, seen));
  ASSERT_EQ(out.frames.size(), 1u);
  EXPECT_FALSE(wire::Ipv4View(quote_of(out.frames[0].bytes)).checksum_valid());
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes)) << "the error's own checksum is right";
}

TEST_F(IcmpTranslateTest, QuotedEchoGetsItsIdentifierBack) {
  masquerade_on_wan();
  start(lan, echo("10.0.1.2", "198.51.100.9", 7));
  chooser.answers[ChoiceKind::source_id] = 99;
  const auto seen = start(lan, echo("10.0.1.3", "198.51.100.9", 7));
  inject(wan, icmp("198.51.100.254", "203.0.113.1", 3, 1, 0, seen));
  EXPECT_EQ(left(), "lan 198.51.100.254 > 10.0.1.3");
  const auto quote = quote_of(out.frames[0].bytes);
  EXPECT_EQ(wire::Icmpv4View(l4_of(quote)).id(), 7);
  EXPECT_TRUE(all_checksums_valid(quote));
}

TEST_F(IcmpTranslateTest, BadChecksumIsDroppedByNatWhenConntrackDoesNotLook) {
  state.topology.settings.conntrack_checksum = false;
  masquerade_on_wan();
  const auto seen = start(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  auto error = icmp("198.51.100.254", "203.0.113.1", 3, 3, 0, seen);
  error[wire::ipv4::min_size + wire::icmpv4::checksum] ^= 1;
  inject(wan, error);
  EXPECT_EQ(left(), "dropped by NAT");
}

TEST_F(IcmpTranslateTest, RedirectAboutAMappedFlowIsDropped) {
  masquerade_on_wan();
  const auto seen = start(lan, udp({"10.0.1.2", 4000}, {"198.51.100.9", 53}));
  inject(wan, icmp("203.0.113.254", "203.0.113.1", 5, 1, number("203.0.113.253"), seen));
  EXPECT_EQ(left(), "dropped by NAT");
}

TEST_F(IcmpTranslateTest, ExpiredTtlOfADnattedFirstPacketIsReportedFromTheMappedAddress) {
  nat_rule(pre_routing, {nat(NatKind::dnat, to("192.168.1.8"))});
  inject(wan, udp({"198.51.100.9", 4000}, {"203.0.113.77", 9999}, "data", {.ttl = 1}));
  EXPECT_EQ(out.fate, Fate::dropped_by_routing);
  EXPECT_EQ(left(), "wan 203.0.113.77 > 198.51.100.9");
  EXPECT_EQ(flow_of(quote_of(out.frames[0].bytes)), "198.51.100.9:4000 > 203.0.113.77:9999");
  EXPECT_EQ(state.conntrack.size(), 0u) << "the flow never came to be";
}

TEST_F(IcmpTranslateTest, UntranslatedFlowLeavesTheErrorAlone) {
  masquerade_on_wan();
  const auto seen = start(lan, udp({"10.0.1.2", 4000}, {"192.168.1.8", 53}));
  const auto error = icmp("192.168.1.8", "10.0.1.2", 3, 3, 0, seen);
  inject(dmz, error);
  EXPECT_EQ(left(), "lan 192.168.1.8 > 10.0.1.2");
  EXPECT_EQ(wire::Bytes(l4_of(out.frames[0].bytes).begin(), l4_of(out.frames[0].bytes).end()),
            wire::Bytes(l4_of(error).begin(), l4_of(error).end()));
}

}  // namespace
}  // namespace natstep::model::test
