// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/kernel_dut.h"
#include "tests/netns/support.h"

#include <gmock/gmock.h>
#include <netinet/in.h>

namespace natstep::netns::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr Endpoint client{"10.0.1.2", 4000};
constexpr Endpoint server{"198.51.100.9", 53};
constexpr TapPlace places[] = {{HookNumber::pre_routing, -201},
                               {HookNumber::forward, -1},
                               {HookNumber::post_routing, 99},
                               {HookNumber::post_routing, 101}};

std::uint32_t source_of(const TapRecord& tap) {
  return wire::load_be32(&tap.bytes[12]);
}

TEST_F(KernelTest, taps_see_the_bytes_between_the_hooks) {
  configure_masquerading();
  dut_->install_taps(places);
  const wire::Bytes packet = udp(client, server);
  const Observation seen = inject(lan, packet);
  ASSERT_THAT(seen.taps, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(seen.taps[i].hook, places[i].hook);
    EXPECT_EQ(seen.taps[i].priority, places[i].priority);
    EXPECT_EQ(seen.taps[i].in, lan);
  }
  EXPECT_EQ(seen.taps[0].bytes, packet);
  EXPECT_EQ(seen.taps[0].out, no_port);
  EXPECT_EQ(seen.taps[1].out, wan);
  EXPECT_EQ(source_of(seen.taps[2]), address("10.0.1.2").ipv4_value());
  EXPECT_EQ(source_of(seen.taps[3]), address("203.0.113.1").ipv4_value());
  EXPECT_EQ(seen.taps[3].bytes, seen.frames.at(0).bytes);
}

TEST_F(KernelTest, taps_see_a_packet_of_any_length_whole) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  dut_->install_taps(places);
  const wire::Bytes packet = udp(client, {"10.0.1.1", 9}, std::string(60000, 'x'));
  const Observation seen = inject(lan, packet);
  ASSERT_FALSE(seen.taps.empty());
  EXPECT_EQ(seen.taps[0].bytes, packet);
}

TEST_F(KernelTest, taps_do_not_wake_conntrack) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  dut_->install_taps(places);
  const Observation seen = inject(lan, udp(client, server));
  EXPECT_THAT(seen.taps, SizeIs(4));
  EXPECT_THAT(seen.events, IsEmpty());
  EXPECT_EQ(dut_->entry_count(), 0U);
}

TEST_F(KernelTest, taps_can_be_moved_and_are_not_listed) {
  configure_masquerading();
  dut_->install_taps(places);
  dut_->install_taps({places, 1});
  EXPECT_THAT(inject(lan, udp(client, server)).taps, SizeIs(1));
  EXPECT_THAT(dut_->list_rules_json(), Not(HasSubstr("natstep_taps")));
  EXPECT_THAT(dut_->list_rules_json(), HasSubstr("masquerade"));
}

TEST_F(KernelTest, records_that_nobody_asked_for_are_not_seen_later) {
  configure_masquerading();
  dut_->install_taps(places);
  const wire::Bytes packet = udp(client, server);
  Observation seen;
  dut_->apply({.port = lan, .packet = packet}, {}, seen);
  EXPECT_THAT(seen.taps, IsEmpty());
  EXPECT_THAT(inject(lan, packet).taps, SizeIs(4));
}

TEST_F(KernelTest, a_tap_before_a_drop_is_the_last) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  ASSERT_FALSE(dut_->load_rules(
      RuleTool::nft, "table ip f { chain c { type filter hook forward priority 0; drop; }; }"));
  dut_->install_taps(places);
  const Observation seen = inject(lan, udp(client, server));
  ASSERT_THAT(seen.taps, SizeIs(2));
  EXPECT_EQ(seen.taps[1].hook, HookNumber::forward);
}

}  // namespace
}  // namespace natstep::netns::testing
