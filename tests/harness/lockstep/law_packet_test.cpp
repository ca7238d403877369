// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/law_packet.h"

#include "harness/lockstep/law_writes.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

wire::Bytes bytes(std::string_view text) {
  auto packet = wire::parse_packet(text);
  if (!packet) throw std::runtime_error(packet.error().message);
  return packet.value().build({}).value();
}

TEST(LawPacket, ALaterFragmentIsNoError) {
  auto error = bytes("icmp 10.0.1.1 > 10.0.1.2 source-quench [ udp 10.0.1.2:1 > 10.0.2.2:2 ]");
  ASSERT_TRUE(LawPacket::read(error)->quoted().has_value());
  wire::Ipv4Edit(error).set_fragment_word(69);  // in units of eight bytes
  EXPECT_FALSE(LawPacket::read(error)->is_icmp_error());
  EXPECT_FALSE(LawPacket::read(error)->quoted().has_value());
}

TEST(LawPacket, ALaterFragmentOfIpv6IsNoError) {
  const auto with = [](std::string_view fragment) {
    return bytes("icmp6 [fd00:1::1] > [fd00:1::2] " + std::string(fragment) +
                 " port-unreachable [ udp [fd00:1::2]:1 > [fd00:2::2]:2 ]");
  };
  EXPECT_TRUE(LawPacket::read(with("frag 0+"))->is_icmp_error());
  EXPECT_FALSE(LawPacket::read(with("frag 552"))->is_icmp_error());
}

/// A rule sets the MSS of what passes; an error quotes a segment whose options are cut.
TEST(LawPacket, RulesAnswerForOptionsThatAreCut) {
  const auto segment = bytes("tcp 10.0.1.2:1 > 10.0.2.2:80 SYN mss 1460 sackok nop wscale 7");
  const std::size_t without_scale = segment.size() - 4;
  const auto quote = LawPacket::read_quoted(wire::ByteView(segment).first(without_scale),
                                            wire::AddressFamily::ipv4);
  ASSERT_TRUE(quote.has_value());
  const auto written = written_bytes(*quote, {.tcp_options = true});
  const std::size_t options = wire::ipv4::min_size + wire::tcp::min_size;
  EXPECT_FALSE(written[options - 1]);
  EXPECT_THAT(std::vector<bool>(written.begin() + options, written.end()),
              ::testing::Each(true));
}

}  // namespace
}  // namespace natstep::harness
