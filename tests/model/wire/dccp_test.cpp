// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/dccp.h"

#include "model/wire/address.h"
#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

using testing::ElementsAre;

const Address src = Address::ipv4(0x01020304), dst = Address::ipv4(0x05060708);

bool checksum_is_right(const Bytes& packet) {
  const auto seed = pseudo_header_sum(src, dst, ip_protocol::dccp, packet.size());
  return checksum_valid(DccpView(packet).covered(), seed);
}

TEST(Dccp, HeaderHasNumbersOf48Bits) {
  const Bytes packet = build(DccpHeader{.src_port = 1,
                                        .dst_port = 2,
                                        .type = dccp::ack,
                                        .seq = 0x010203040506,
                                        .ack = 0x0708090a0b0c,
                                        .checksum = 0},
                             src, dst, {});
  EXPECT_THAT(packet, ElementsAre(0, 1, 0, 2, 6, 0, 0, 0, 7, 0, 1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10,
                                  11, 12));
  EXPECT_EQ(DccpView(packet).seq(), 0x010203040506u);
  EXPECT_EQ(DccpView(packet).ack(), 0x0708090a0b0cu);
}

TEST(Dccp, ShortNumberHas24Bits) {
  const Bytes packet =
      build(DccpHeader{.type = dccp::data, .extended = false, .seq = 0x123456}, src, dst, {});
  EXPECT_EQ(packet.size(), dccp::size);
  EXPECT_EQ(DccpView(packet).seq(), 0x123456u);
  EXPECT_FALSE(DccpView(packet).extended());
}

TEST(Dccp, WhatTheTypeHasIsThereAndCountedAsHeader) {
  for (const auto& [type, size] : {std::pair{dccp::request, 20u},
                                   {dccp::response, 28u},
                                   {dccp::data, 16u},
                                   {dccp::data_ack, 24u},
                                   {dccp::reset, 28u}}) {
    const Bytes packet = build(DccpHeader{.type = type}, src, dst, {});
    EXPECT_EQ(packet.size(), size);
    EXPECT_EQ(DccpView(packet).header_length(), size);
  }
}

TEST(Dccp, CoverageLeavesPayloadOut) {
  const Bytes payload{1, 2, 3, 4, 5, 6, 7, 8};
  Bytes packet = build(DccpHeader{.type = dccp::data, .coverage = 2}, src, dst, payload);
  EXPECT_TRUE(checksum_is_right(packet));
  packet[dccp::extended_size + 4] ^= 1;
  EXPECT_TRUE(checksum_is_right(packet));
  packet[dccp::extended_size] ^= 1;
  EXPECT_FALSE(checksum_is_right(packet));
}

TEST(Dccp, CoverageOfMoreThanThereIsCoversAll) {
  const Bytes packet = build(DccpHeader{.type = dccp::data, .coverage = 15}, src, dst, {});
  EXPECT_FALSE(DccpView(packet).coverage_sane());
  EXPECT_EQ(DccpView(packet).covered().size(), packet.size());
}

}  // namespace
}  // namespace natstep::wire
