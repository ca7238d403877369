// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/kernel_dut.h"

#include "model/wire/checksum.h"
#include "netns/namespace.h"
#include "netns/sysctl.h"
#include "tests/netns/support.h"

#include <array>

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sched.h>
#include <unistd.h>

namespace natstep::netns::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Endpoint client{"10.0.1.2", 4000};
constexpr Endpoint server{"198.51.100.9", 53};
constexpr Endpoint translated{"203.0.113.1", 4000};

/// `packet` as a router sends it on: one less to live, which RFC 1624 turns into 0x0100 more in the
/// checksum.
wire::Bytes one_hop_on(wire::Bytes packet) {
  packet[8] -= 1;
  std::uint32_t sum = wire::load_be16(&packet[10]) + 0x0100U;
  wire::store_be16(&packet[10], static_cast<std::uint16_t>(sum + (sum >> 16)));
  return packet;
}

TEST_F(KernelTest, forwards_a_masqueraded_flow_and_its_reply) {
  configure_masquerading();
  const Observation out = inject(lan, udp(client, server));
  ASSERT_THAT(out.frames, SizeIs(1));
  EXPECT_EQ(out.frames[0].port, wan);
  EXPECT_EQ(out.frames[0].bytes, one_hop_on(udp(translated, server)));

  const Observation back = inject(wan, udp(server, translated, "pong"));
  ASSERT_THAT(back.frames, SizeIs(1));
  EXPECT_EQ(back.frames[0].port, lan);
  EXPECT_EQ(back.frames[0].bytes, one_hop_on(udp(server, client, "pong")));
}

TEST_F(KernelTest, shows_a_drop_as_no_frame) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  ASSERT_FALSE(dut_->load_rules(
      RuleTool::nft, "table ip f { chain c { type filter hook forward priority 0; drop; }; }"));
  const Observation seen = inject(lan, udp(client, server));
  EXPECT_THAT(seen.frames, IsEmpty());
  EXPECT_FALSE(seen.refused);
}

TEST_F(KernelTest, says_that_the_kernel_refuses_what_is_not_an_ip_packet) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  const Observation seen = inject(lan, {0x00, 0x01, 0x02});
  EXPECT_EQ(seen.refused, "EINVAL: Invalid argument");
}

TEST_F(KernelTest, holds_a_packet_until_it_is_released) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  ASSERT_FALSE(
      dut_->load_rules(RuleTool::iptables_legacy, "-t mangle -A FORWARD -j NFQUEUE --queue-num 7"));
  const std::array<std::uint16_t, 1> queues{7};
  dut_->hold(queues);
  EXPECT_THAT(inject(lan, udp(client, server)).frames, IsEmpty());
  Observation seen;
  EXPECT_FALSE(dut_->happen(QueueVerdict{.queue = 7}, {}, seen));
  ASSERT_THAT(seen.frames, SizeIs(1));
  EXPECT_EQ(seen.frames[0].bytes, one_hop_on(udp(client, server)));
  EXPECT_FALSE(dut_->happen(QueueVerdict{.queue = 7}, {}, seen));
  EXPECT_THAT(seen.frames, IsEmpty());
}

TEST_F(KernelTest, completes_a_checksum_that_is_left_to_the_port) {
  auto topology = router();
  topology.offload = true;
  ASSERT_FALSE(dut_->configure(topology, {}));
  const wire::Bytes whole = udp(client, server);
  wire::Bytes partial = whole;
  const auto sum = wire::pseudo_header_sum(address(client.address), address(server.address), 17,
                                           partial.size() - 20);
  wire::store_be16(&partial[26], static_cast<std::uint16_t>(sum));
  Observation seen;
  dut_->apply(
      {.port = lan, .packet = partial, .partial = PartialChecksum{.start = 20, .offset = 6}}, {},
      seen);
  ASSERT_THAT(seen.frames, SizeIs(1));
  EXPECT_EQ(seen.frames[0].bytes, one_hop_on(whole));
}

TEST_F(KernelTest, sends_from_the_box_itself) {
  configure_masquerading();
  const wire::Bytes packet = udp({"10.0.1.1", 7}, server);
  Observation seen;
  dut_->apply({.kind = Stimulus::Kind::send, .packet = packet}, {}, seen);
  EXPECT_FALSE(seen.refused);
  ASSERT_THAT(seen.frames, SizeIs(1));
  EXPECT_EQ(seen.frames[0].port, wan);
  EXPECT_EQ(wire::load_be32(&seen.frames[0].bytes[12]), address("203.0.113.1").ipv4_value());
}

TEST_F(KernelTest, a_send_that_local_out_drops_was_not_refused) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  ASSERT_FALSE(dut_->load_rules(
      RuleTool::nft, "table ip f { chain c { type filter hook output priority 0; drop; }; }"));
  const wire::Bytes packet = udp({"10.0.1.1", 7}, server);
  Observation seen;
  dut_->apply({.kind = Stimulus::Kind::send, .packet = packet}, {}, seen);
  EXPECT_FALSE(seen.refused);
  EXPECT_THAT(seen.frames, IsEmpty());
}

TEST_F(KernelTest, a_send_without_a_route_was_not_refused) {
  TopologySpec topology = router();
  topology.routes.clear();
  ASSERT_FALSE(dut_->configure(topology, {}));
  const wire::Bytes packet = udp({"10.0.1.1", 7}, server);
  Observation seen;
  dut_->apply({.kind = Stimulus::Kind::send, .packet = packet}, {}, seen);
  EXPECT_FALSE(seen.refused);
  EXPECT_THAT(seen.frames, IsEmpty());
}

TEST_F(KernelTest, routes_have_their_types) {
  TopologySpec topology = router();
  topology.routes.push_back(
      {.destination = wire::Prefix::parse("198.51.100.0/24").value(), .type = RouteType::prohibit});
  ASSERT_FALSE(dut_->configure(topology, {}));
  const Observation seen = inject(lan, udp(client, server));
  ASSERT_THAT(seen.frames, SizeIs(1));
  EXPECT_EQ(seen.frames[0].port, lan);
  constexpr std::size_t icmp = 20;
  EXPECT_EQ(seen.frames[0].bytes[icmp], 3);  // destination unreachable,
  EXPECT_EQ(seen.frames[0].bytes[icmp + 1],
            13);  // administratively prohibited (RFC 1812 section 5.2.7.1)
}

TEST_F(KernelTest, one_expected_port_is_enough_but_an_unexpected_frame_is_found) {
  configure_masquerading();
  const wire::Bytes packet = udp(client, server);
  Observation seen;
  const ObserveOptions right{.sweep = Sweep::expected_port, .expected = wan};
  for (int i = 0; i < 200; ++i) {
    dut_->apply({.port = lan, .packet = packet}, right, seen);
    ASSERT_THAT(seen.frames, SizeIs(1));
    ASSERT_EQ(seen.frames[0].port, wan);
  }
  const ObserveOptions wrong{.sweep = Sweep::expected_port, .expected = lan};
  dut_->apply({.port = lan, .packet = packet}, wrong, seen);
  ASSERT_THAT(seen.frames, SizeIs(1));
  EXPECT_EQ(seen.frames[0].port, wan);
}

TEST_F(KernelTest, a_reused_observation_forgets_the_last_stimulus) {
  configure_masquerading();
  const wire::Bytes large = udp(client, server, std::string(1000, 'x'));
  const wire::Bytes small = udp(client, server, "x");
  Observation seen;
  dut_->apply({.port = lan, .packet = large}, {}, seen);
  dut_->apply({.port = lan, .packet = small}, {}, seen);
  ASSERT_THAT(seen.frames, SizeIs(1));
  EXPECT_EQ(seen.frames[0].bytes, one_hop_on(udp(translated, server, "x")));
}

TEST_F(KernelTest, reports_the_culprit_among_the_sysctls) {
  const SysctlSpec sysctls[] = {{"net.netfilter.nf_conntrack_acct", "1"},
                                {"net.ipv4.no_such_thing", "1"}};
  const auto refused = dut_->configure(router(), sysctls);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->index, 1U);
  EXPECT_THAT(refused->message, HasSubstr("no such sysctl"));
}

TEST_F(KernelTest, a_topology_that_cannot_be_built_leaves_the_dut_usable) {
  TopologySpec twice = router();
  twice.ports[1].name = "lan";
  EXPECT_THROW(dut_->configure(twice, {}), EnvironmentError);
  EXPECT_THROW(dut_->entry_count(), EnvironmentError);
  configure_masquerading();
  EXPECT_THAT(inject(lan, udp(client, server)).frames, SizeIs(1));
}

TEST_F(KernelTest, refuses_to_act_in_a_namespace_that_it_did_not_make) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  const Namespace elsewhere = Namespace::create();
  EXPECT_THROW(dut_->configure(router(), {}), EnvironmentError);
  EXPECT_THROW(dut_->load_rules(RuleTool::nft, masquerade_rules), EnvironmentError);
  EXPECT_THROW(dut_->install_taps({}), EnvironmentError);
  EXPECT_THROW(dut_->list_rules_json(), EnvironmentError);
}

// ---- every scenario begins with a pristine box ----

/// More configurations than there are boxes in reserve, so that used ones come back.
constexpr int many = 40;

TEST_F(KernelTest, nothing_of_a_scenario_reaches_the_next) {
  for (int i = 0; i < many; ++i) {
    configure_masquerading();
    ASSERT_EQ(dut_->entry_count(), 0U) << i;
    const Observation seen = inject(lan, udp(client, server));
    ASSERT_THAT(seen.frames, SizeIs(1)) << i;
    ASSERT_THAT(seen.events, SizeIs(1)) << i;
    ASSERT_EQ(seen.events[0].kind, CtEvent::Kind::created) << i;
    ASSERT_EQ(seen.frames[0].bytes, one_hop_on(udp(translated, server))) << i;
  }
}

TEST_F(KernelTest, conntrack_is_off_again_in_a_box_that_had_it) {
  for (int i = 0; i < many; ++i) {
    configure_masquerading();
    inject(lan, udp(client, server));
    ASSERT_FALSE(dut_->configure(router(), {}));
    const Observation seen = inject(lan, udp(client, server));
    ASSERT_THAT(seen.frames,
                ElementsAre(::testing::Field(&Frame::bytes, one_hop_on(udp(client, server)))))
        << i;
    ASSERT_THAT(seen.events, IsEmpty()) << i;
    ASSERT_EQ(dut_->entry_count(), 0U) << i;
  }
}

TEST_F(KernelTest, rules_taps_and_statistics_are_gone_after_configure) {
  const TapPlace place{.hook = HookNumber::forward, .priority = 7};
  for (int i = 0; i < many; ++i) {
    configure_masquerading();
    dut_->install_taps({&place, 1});
    inject(lan, {0x45, 0, 0, 20, 0, 0, 0, 0, 64, IPPROTO_ICMP, 0, 0, 10, 0, 1, 2, 198, 51, 100, 9});
    ASSERT_FALSE(dut_->configure(router(), {}));
    ASSERT_EQ(dut_->stats(), CtStats{});
    ASSERT_THAT(dut_->list_rules_json(), ::testing::Not(HasSubstr("\"table\"")));
    ASSERT_THAT(inject(lan, udp(client, server)).taps, IsEmpty());
  }
}

TEST_F(KernelTest, a_half_datagram_does_not_wait_for_the_next_scenario) {
  wire::Bytes first = udp(client, server, "fragment");
  first[6] = 0x20;  // MF
  std::uint32_t sum = wire::load_be16(&first[10]) + 0xffffU - 0x2000U;
  wire::store_be16(&first[10], static_cast<std::uint16_t>(sum + (sum >> 16)));
  for (int i = 0; i < many; ++i) {
    configure_masquerading();
    ASSERT_THAT(inject(lan, first).frames, IsEmpty()) << i;
    ASSERT_FALSE(dut_->configure(router(), {}));
    ASSERT_THAT(inject(lan, first).frames, SizeIs(1)) << i;  // without conntrack nobody reassembles
  }
}

TEST_F(KernelTest, a_changed_sysctl_is_back_at_its_default) {
  const SysctlSpec off[] = {{"net.ipv4.ip_forward", "0"}};
  for (int i = 0; i < many; ++i) {
    ASSERT_FALSE(dut_->configure(router(), off));
    ASSERT_THAT(inject(lan, udp(client, server)).frames, IsEmpty()) << i;
    ASSERT_FALSE(dut_->configure(router(), {}));
    ASSERT_THAT(inject(lan, udp(client, server)).frames, SizeIs(1)) << i;
  }
}

TEST_F(KernelTest, a_changed_sysctl_of_conntrack_is_back_in_a_box_that_had_it) {
  const std::string key = "net.netfilter.nf_conntrack_udp_timeout";
  const SysctlSpec short_lived[] = {{key, "7"}};
  for (int i = 0; i < many; ++i) {
    ASSERT_FALSE(dut_->configure(router(), short_lived));
    ASSERT_EQ(read_sysctl(key), "7") << i;
    ASSERT_FALSE(dut_->configure(router(), {}));
    ASSERT_EQ(read_sysctl(key), "30") << i;
  }
}

TEST_F(KernelTest, flows_are_no_longer_counted_when_the_rule_that_counts_is_gone) {
  const std::string key = "net.netfilter.nf_conntrack_acct";
  const std::string counting =
      "table ip f { chain c { type filter hook forward priority 0; ct bytes > 9999 drop; }; }";
  for (int i = 0; i < many; ++i) {
    ASSERT_FALSE(dut_->configure(router(), {}));
    ASSERT_EQ(read_sysctl(key), "0") << i;
    ASSERT_FALSE(dut_->load_rules(RuleTool::nft, counting));
    ASSERT_EQ(read_sysctl(key), "1") << i;
  }
}

TEST_F(KernelTest, what_the_box_answered_limits_no_later_answer) {
  const wire::Bytes to_the_box = udp(client, {"10.0.1.1", 9});
  for (int i = 0; i < many; ++i) {
    ASSERT_FALSE(dut_->configure(router(), {}));
    for (int packet = 0; packet < 3; ++packet)
      ASSERT_THAT(inject(lan, to_the_box).frames, SizeIs(1)) << i;
  }
}

TEST_F(KernelTest, legacy_tables_do_not_linger) {
  const std::string rules = "-t nat -A POSTROUTING -o wan -j MASQUERADE";
  ASSERT_FALSE(dut_->configure(router(), {}));
  ASSERT_FALSE(dut_->load_rules(RuleTool::iptables_legacy, rules));
  EXPECT_EQ(inject(lan, udp(client, server)).frames.at(0).bytes,
            one_hop_on(udp(translated, server)));
  ASSERT_FALSE(dut_->configure(router(), {}));
  EXPECT_EQ(inject(lan, udp(client, server)).frames.at(0).bytes, one_hop_on(udp(client, server)));
}

TEST_F(KernelTest, each_topology_has_its_own_boxes) {
  TopologySpec swapped = router();
  std::swap(swapped.ports[0].name, swapped.ports[1].name);
  const std::string by_index =
      "table ip f { chain c { type filter hook prerouting priority 0; iif \"lan\" drop; }; }";
  for (int i = 0; i < many; ++i) {
    const bool odd = i % 2 == 1;
    ASSERT_FALSE(dut_->configure(odd ? swapped : router(), {}));
    ASSERT_FALSE(dut_->load_rules(RuleTool::nft, by_index));
    // In the swapped one, port 0 is called "wan" and passes.
    ASSERT_THAT(inject(lan, udp(client, server)).frames, SizeIs(odd ? 1 : 0)) << i;
  }
}

}  // namespace
}  // namespace natstep::netns::testing
