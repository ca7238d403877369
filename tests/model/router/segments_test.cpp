// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/clause_names.h"
#include "model/packet.h"
#include "model/wire/tcp.h"
#include "tests/model/nat_support.h"

namespace natstep::model::test {
namespace {

struct SegmentsTest : BoxTest {
  /// `payload` bytes arrive at once, to be cut every 100 bytes.
  void arrive(std::size_t payload, std::uint8_t flags) {
    const wire::TcpHeader header{
        .src_port = 1, .dst_port = 2, .seq = 1000, .flags = flags, .window = 9};
    const std::uint32_t src = address("10.0.1.2").ipv4_value();
    const std::uint32_t dst = address("198.51.100.9").ipv4_value();
    Packet packet;
    packet.bytes = wire::build(
        wire::Ipv4Header{.src = src, .dst = dst, .protocol = wire::ip_protocol::tcp, .id = 7},
        wire::build(header, src, dst, wire::Bytes(payload)));
    leave_checksum_to_device(packet);
    prepare(state);
    LowestChooser lowest;
    step(state,
         {.port = lan,
          .packet = packet.bytes,
          .checksum = Stimulus::Checksum::partial,
          .segment = 100},
         lowest, out);
  }
  wire::TcpView segment(std::size_t i) const { return wire::TcpView(l4_of(out.frames[i].bytes)); }
};

TEST_F(SegmentsTest, LeaveOneByOneWithValidChecksums) {
  arrive(250, wire::tcp::ack_flag | wire::tcp::psh);
  ASSERT_EQ(out.frames.size(), 3u);
  for (std::size_t i = 0; i < out.frames.size(); ++i) {
    EXPECT_TRUE(all_checksums_valid(out.frames[i].bytes)) << i;
    EXPECT_EQ(segment(i).seq(), 1000u + 100u * i);
    EXPECT_EQ(wire::Ipv4View(out.frames[i].bytes).id(), 7u + i);
    EXPECT_EQ(segment(i).has(wire::tcp::psh), i == 2);
  }
  EXPECT_EQ(segment(2).payload().size(), 50u);
}

TEST_F(SegmentsTest, LeaveTogetherUnderTheDefect) {
  break_clause(Clause::segments_are_cut_behind_the_hooks);
  arrive(250, wire::tcp::ack_flag);
  ASSERT_EQ(out.frames.size(), 1u);
}

TEST_F(SegmentsTest, ThatDivideEvenlyHaveNoEmptyLastOne) {
  arrive(200, wire::tcp::ack_flag);
  ASSERT_EQ(out.frames.size(), 2u);
  EXPECT_EQ(segment(1).payload().size(), 100u);
}

}  // namespace
}  // namespace natstep::model::test
