// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/netns/support.h"

#include <gmock/gmock.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <netinet/in.h>

namespace natstep::netns::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Endpoint client{"10.0.1.2", 4000};
constexpr Endpoint server{"198.51.100.9", 53};
constexpr Endpoint translated{"203.0.113.1", 4000};
constexpr std::uint16_t no_zone = 0;
constexpr std::uint16_t echo_request_type = 8 << 8;

TEST_F(KernelTest, finds_an_entry_by_either_tuple) {
  configure_masquerading();
  inject(lan, udp(client, server));
  const CtTuple original = tuple(IPPROTO_UDP, client, server);
  const CtTuple reply = tuple(IPPROTO_UDP, server, translated);
  const auto entry = dut_->find_entry(original, no_zone);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->original, original);
  EXPECT_EQ(entry->reply, reply);
  EXPECT_EQ(entry->status & IPS_CONFIRMED, IPS_CONFIRMED);
  EXPECT_EQ(entry->status & IPS_SRC_NAT, IPS_SRC_NAT);
  EXPECT_EQ(entry->status & IPS_SEEN_REPLY, 0);
  EXPECT_GE(entry->timeout.value_or(0), 28U);
  EXPECT_LE(entry->timeout.value_or(99), 30U);
  EXPECT_EQ(entry->mark, 0U);
  EXPECT_FALSE(entry->tcp_state);
  EXPECT_FALSE(entry->counters);

  const auto same = dut_->find_entry(reply, no_zone);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->id, entry->id);
  EXPECT_FALSE(dut_->find_entry(tuple(IPPROTO_UDP, client, {"198.51.100.9", 54}), no_zone));
}

TEST_F(KernelTest, shows_tcp_state_and_scales) {
  configure_masquerading();
  inject(lan, tcp_syn(client, server));
  const auto entry = dut_->find_entry(tuple(IPPROTO_TCP, client, server), no_zone);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->tcp_state, 1);  // TCP_CONNTRACK_SYN_SENT
  EXPECT_EQ(entry->tcp_wscale[0], 0);
}

TEST_F(KernelTest, icmp_ids_are_identifier_and_type) {
  configure_masquerading();
  inject(lan, echo_request("10.0.1.2", "198.51.100.9", 77));
  const auto entry = dut_->find_entry(
      tuple(IPPROTO_ICMP, {"10.0.1.2", 77}, {"198.51.100.9", echo_request_type}), no_zone);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->original.src_id, 77);
  EXPECT_EQ(entry->original.dst_id, echo_request_type);
  EXPECT_EQ(entry->reply.dst_id, 0);  // echo reply
}

TEST_F(KernelTest, counts_bytes_under_acct) {
  const SysctlSpec acct[] = {{"net.netfilter.nf_conntrack_acct", "1"}};
  ASSERT_FALSE(dut_->configure(router(), acct));
  ASSERT_FALSE(dut_->load_rules(RuleTool::nft, masquerade_rules));
  inject(lan, udp(client, server, "12345"));
  const auto entry = dut_->find_entry(tuple(IPPROTO_UDP, client, server), no_zone);
  ASSERT_TRUE(entry && entry->counters);
  EXPECT_EQ((*entry->counters)[0].packets, 1U);
  EXPECT_EQ((*entry->counters)[0].bytes, 33U);
  EXPECT_EQ((*entry->counters)[1].packets, 0U);
}

TEST_F(KernelTest, zones_keep_entries_apart) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  ASSERT_FALSE(dut_->load_rules(
      RuleTool::nft,
      "table ip z { chain c { type filter hook prerouting priority raw; ct zone set 5; }; }"));
  inject(lan, udp(client, server));
  const CtTuple original = tuple(IPPROTO_UDP, client, server);
  EXPECT_FALSE(dut_->find_entry(original, no_zone));
  const auto entry = dut_->find_entry(original, 5);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->original.zone, 5);
  EXPECT_EQ(entry->reply.zone, 5);
  EXPECT_TRUE(dut_->delete_entry(original, 5));
  EXPECT_EQ(dut_->entry_count(), 0U);
}

TEST_F(KernelTest, tells_creation_update_and_end_in_order) {
  configure_masquerading();
  const Observation first = inject(lan, udp(client, server));
  ASSERT_THAT(first.events, SizeIs(1));
  EXPECT_EQ(first.events[0].kind, CtEvent::Kind::created);
  EXPECT_EQ(first.events[0].entry.original, tuple(IPPROTO_UDP, client, server));

  const Observation reply = inject(wan, udp(server, translated));
  ASSERT_THAT(reply.events, SizeIs(1));
  EXPECT_EQ(reply.events[0].kind, CtEvent::Kind::updated);
  EXPECT_EQ(reply.events[0].entry.status & IPS_SEEN_REPLY, IPS_SEEN_REPLY);

  EXPECT_THAT(inject(wan, udp(server, translated)).events, IsEmpty());
  ASSERT_TRUE(dut_->delete_entry(tuple(IPPROTO_UDP, client, server), no_zone));
  const Observation later = inject(lan, tcp_syn(client, server));
  ASSERT_THAT(later.events, SizeIs(2));
  EXPECT_EQ(later.events[0].kind, CtEvent::Kind::destroyed);
  EXPECT_EQ(later.events[0].entry.id, first.events[0].entry.id);
  EXPECT_EQ(later.events[1].kind, CtEvent::Kind::created);
}

TEST_F(KernelTest, deletes_dumps_and_counts) {
  configure_masquerading();
  inject(lan, udp(client, server));
  inject(lan, tcp_syn(client, server));
  EXPECT_EQ(dut_->entry_count(), 2U);
  EXPECT_THAT(dut_->dump(), SizeIs(2));
  EXPECT_TRUE(dut_->delete_entry(tuple(IPPROTO_UDP, client, server), no_zone));
  EXPECT_FALSE(dut_->delete_entry(tuple(IPPROTO_UDP, client, server), no_zone));
  EXPECT_EQ(dut_->entry_count(), 1U);
  ASSERT_THAT(dut_->dump(), SizeIs(1));
  EXPECT_EQ(dut_->dump()[0].original.protocol, IPPROTO_TCP);
}

TEST_F(KernelTest, statistics_count_the_invalid_from_the_beginning_of_the_scenario) {
  configure_masquerading();
  wire::Bytes bad = udp(client, server);
  bad.back() ^= 0xff;  // and with it the checksum
  inject(lan, bad);
  inject(lan, bad);
  EXPECT_EQ(dut_->stats().invalid, 2U);
  configure_masquerading();
  EXPECT_EQ(dut_->stats().invalid, 0U);
}

}  // namespace
}  // namespace natstep::netns::testing
