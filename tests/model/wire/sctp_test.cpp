// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/sctp.h"

#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

using testing::ElementsAre;

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(Crc32c, GivesThePublishedValuesInWireOrder) {
  // RFC 3720 appendix B.4 lists the bytes as they are sent.
  EXPECT_EQ(crc32c(Bytes(32, 0x00)), 0xaa36918au);
  EXPECT_EQ(crc32c(Bytes(32, 0xff)), 0x43aba862u);
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0x839206e3u);
}

TEST(Sctp, BuildsAHeaderWhoseChecksumIsValid) {
  const Bytes packet = build(SctpHeader{.src_port = 1, .dst_port = 2, .vtag = 0x01020304},
                             Bytes{sctp::cookie_ack, 0, 0, 4});
  EXPECT_THAT(ByteView(packet).first(8), ElementsAre(0, 1, 0, 2, 1, 2, 3, 4));
  EXPECT_TRUE(SctpView(packet).checksum_valid());
}

TEST(Sctp, AChangedByteMakesTheChecksumInvalid) {
  Bytes packet = build(SctpHeader{.src_port = 1, .dst_port = 2}, Bytes{sctp::cookie_ack, 0, 0, 4});
  packet[1] = 3;
  EXPECT_FALSE(SctpView(packet).checksum_valid());
}

TEST(SctpChunkReader, StepsOverThePadding) {
  const Bytes chunks{sctp::data, 3, 0, 5, 'x', 0, 0, 0, sctp::cookie_ack, 0, 0, 4};
  SctpChunkReader reader(chunks);
  EXPECT_EQ(reader.next()->length, 5);
  EXPECT_EQ(reader.next()->type, sctp::cookie_ack);
  EXPECT_FALSE(reader.next());
}

TEST(SctpChunkReader, EndsWithTheBytes) {
  const Bytes chunks{sctp::data, 3, 0, 200, 'x'};
  SctpChunkReader reader(chunks);
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.rest().empty());
}

TEST(SctpChunk, ReadsTheInitiateTagWhereAllFixedFieldsAreThere) {
  Bytes chunk(sctp::chunk_size + sctp::initiate_size);
  store_be32(&chunk[sctp::chunk_size], 0x11223344);
  EXPECT_EQ(SctpChunkReader(chunk).next()->initiate_tag(), 0x11223344u);
  chunk.pop_back();
  EXPECT_EQ(SctpChunkReader(chunk).next()->initiate_tag(), std::nullopt);
}

}  // namespace
}  // namespace natstep::wire
