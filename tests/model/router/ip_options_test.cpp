// SPDX-License-Identifier: GPL-2.0-or-later
// What the box makes of the IP options of the packets that it receives.
#include "model/router/ip_options.h"

#include "model/clause_names.h"
#include "tests/model/nat_support.h"

namespace natstep::model::test {
namespace {

struct IpOptionsTest : BoxTest {
  static wire::Bytes packet(const wire::Bytes& options, std::uint8_t ttl = 64) {
    return udp({"10.0.1.2", 1}, {"198.51.100.9", 2}, "data", {.ttl = ttl, .options = options});
  }
  void send_with(const wire::Bytes& options) { inject(lan, packet(options)); }

  /// The byte that the parameter problem points at; nothing when that is not what was answered.
  std::optional<std::uint8_t> pointer() const {
    if (left() != "lan 10.0.1.1 > 10.0.1.2") return std::nullopt;
    const wire::ByteView error = l4_of(out.frames[0].bytes);
    if (wire::Icmpv4View(error).type() != wire::icmpv4::parameter_problem) return std::nullopt;
    if (wire::Icmpv4View(error).code() != 0) return std::nullopt;
    return error[4];  // RFC 792: the first byte behind the checksum
  }
};

TEST_F(IpOptionsTest, MalformedOptionIsPointedAtFromTheHeaderOn) {
  struct Case {
    wire::Bytes options;
    std::uint8_t pointer;
  };
  const std::vector<Case> cases = {
      {{30, 0, 0, 0}, 20},               // shorter than itself
      {{30, 1, 0, 0}, 20},               //
      {{1, 30, 4, 0}, 21},               // longer than what is left
      {{30, 4, 9, 9, 30, 5, 9, 9}, 24},  // behind a good one
      {{1, 1, 1, 30}, 23},               // no room for a length
      {{131, 2, 0, 0}, 21},              // a source route without a pointer: its length
      {{137, 3, 3, 0}, 22},              // a source route that points at itself: its pointer
  };
  for (const Case& tried : cases) {
    send_with(tried.options);
    EXPECT_EQ(pointer(), tried.pointer) << ::testing::PrintToString(tried.options);
    EXPECT_EQ(out.fate, Fate::dropped_by_routing);
    EXPECT_EQ(out.unspecified, std::nullopt);
  }
}

TEST_F(IpOptionsTest, ParameterProblemQuotesThePacketAsItCame) {
  send_with({30, 0, 7, 7});
  ASSERT_EQ(pointer(), 20);
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes));
  const wire::ByteView quoted = l4_of(out.frames[0].bytes).subspan(8);
  EXPECT_EQ(wire::Bytes(quoted.begin(), quoted.end()), packet({30, 0, 7, 7}));
}

TEST_F(IpOptionsTest, SecondSourceRouteIsMalformed) {
  send_with({131, 3, 4, 137, 3, 4, 0, 0});
  EXPECT_EQ(pointer(), 23);
  EXPECT_EQ(out.unspecified, std::nullopt);
}

TEST_F(IpOptionsTest, AreReadBeforeAnUnreachableDestinationIsReported) {
  state.topology.routes.clear();
  send_with({30, 0, 0, 0});
  EXPECT_EQ(pointer(), 20);
}

TEST_F(IpOptionsTest, OfAMartianAreNotRead) {
  inject(lan, udp({"127.0.0.1", 1}, {"198.51.100.9", 2}, "data", {.options = {30, 0, 0, 0}}));
  EXPECT_TRUE(out.frames.empty());
  EXPECT_FALSE(reached(Clause::malformed_option_is_a_parameter_problem));
}

TEST_F(IpOptionsTest, MalformedOptionPassesUnderTheDefect) {
  break_clause(Clause::malformed_option_is_a_parameter_problem);
  send_with({30, 0, 7, 7});
  ASSERT_EQ(left(), "wan 10.0.1.2:1 > 198.51.100.9:2");
  EXPECT_EQ(out.frames[0].bytes, packet({30, 0, 7, 7}, 63));
}

TEST_F(IpOptionsTest, BytesBehindTheEndBecomeZero) {
  send_with({1, 0, 7, 7, 30, 0, 0, 9});  // among them what would be malformed
  ASSERT_EQ(left(), "wan 10.0.1.2:1 > 198.51.100.9:2");
  EXPECT_EQ(out.frames[0].bytes, packet({1, 0, 0, 0, 0, 0, 0, 0}, 63));
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes));
}

TEST_F(IpOptionsTest, BytesBehindTheEndStayUnderTheDefect) {
  break_clause(Clause::bytes_behind_end_of_options_are_zeroed);
  send_with({1, 0, 7, 7});
  ASSERT_EQ(left(), "wan 10.0.1.2:1 > 198.51.100.9:2");
  EXPECT_EQ(out.frames[0].bytes, packet({1, 0, 7, 7}, 63));
}

TEST_F(IpOptionsTest, WithoutBytesBehindTheEndAreForwardedAsTheyAre) {
  for (const wire::Bytes& options :
       {wire::Bytes{1, 1, 1, 1}, {30, 4, 7, 7}, {30, 3, 7, 0}, {1, 0, 0, 0}, {30, 2, 30, 2}}) {
    send_with(options);
    ASSERT_EQ(left(), "wan 10.0.1.2:1 > 198.51.100.9:2");
    EXPECT_EQ(out.frames[0].bytes, packet(options, 63));
    EXPECT_FALSE(reached(Clause::bytes_behind_end_of_options_are_zeroed));
  }
}

TEST_F(IpOptionsTest, RecordRouteHoldsTheAddressOfTheWayOut) {
  send_with({7, 7, 4, 0, 0, 0, 0, 0});
  ASSERT_EQ(left(), "wan 10.0.1.2:1 > 198.51.100.9:2");
  EXPECT_EQ(out.frames[0].bytes, packet({7, 7, 8, 203, 0, 113, 1, 0}, 63));
  EXPECT_TRUE(all_checksums_valid(out.frames[0].bytes));
}

TEST_F(IpOptionsTest, FullRecordRoutePasses) {
  send_with({7, 7, 8, 1, 2, 3, 4, 0});
  ASSERT_EQ(left(), "wan 10.0.1.2:1 > 198.51.100.9:2");
  EXPECT_EQ(out.frames[0].bytes, packet({7, 7, 8, 1, 2, 3, 4, 0}, 63));
}

TEST_F(IpOptionsTest, OfTimesAndLabelsAreBeyondTheModel) {
  send_with({68, 8, 5, 0, 0, 0, 0, 0});
  EXPECT_TRUE(out.unspecified) << "the box writes the time of day";
  send_with({134, 4, 0, 0});
  EXPECT_EQ(out.unspecified, "IP option 134");
}

}  // namespace
}  // namespace natstep::model::test
