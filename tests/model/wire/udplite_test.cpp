// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/udplite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

using testing::SizeIs;

const Address alice = Address::ipv4(0x0a000102);
const Address server = Address::ipv4(0xc6336409);

bool valid(const Bytes& datagram) {
  const auto seed = pseudo_header_sum(alice, server, 136, datagram.size());
  return checksum_valid(UdpliteView(datagram).covered(), seed);
}

Bytes datagram(std::uint16_t coverage) {
  return build({.src_port = 4000, .dst_port = 53, .coverage = coverage}, alice, server,
               Bytes{'f', 'o', 'u', 'r'});
}

TEST(Udplite, CoversEverythingWhenTheCoverageIsZero) {
  Bytes bytes = datagram(0);
  EXPECT_TRUE(valid(bytes));
  bytes.back() ^= 1;
  EXPECT_FALSE(valid(bytes));
}

TEST(Udplite, LeavesAloneWhatIsNotCovered) {
  Bytes bytes = datagram(8);
  EXPECT_THAT(UdpliteView(bytes).covered(), SizeIs(8));
  bytes.back() ^= 1;
  EXPECT_TRUE(valid(bytes));
}

TEST(Udplite, KnowsWhichCoverageMakesSense) {
  EXPECT_TRUE(UdpliteView(datagram(0)).coverage_sane());
  EXPECT_FALSE(UdpliteView(datagram(7)).coverage_sane());
  EXPECT_TRUE(UdpliteView(datagram(12)).coverage_sane());
  EXPECT_FALSE(UdpliteView(datagram(13)).coverage_sane());
}

}  // namespace
}  // namespace natstep::wire
