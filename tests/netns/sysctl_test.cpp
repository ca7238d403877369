// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/sysctl.h"

#include "tests/netns/support.h"

#include <fstream>

#include <gmock/gmock.h>

namespace natstep::netns::testing {
namespace {

using ::testing::HasSubstr;

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  return text;
}

/// The texts do not depend on a namespace: nothing is written.
TEST(Sysctl, refuses_what_belongs_to_the_machine) {
  for (const char* key :
       {"kernel.hostname", "vm.swappiness", "net", "net.//.kernel.hostname", "/etc/passwd", ""}) {
    const auto refused = write_sysctl(key, "natstep");
    ASSERT_TRUE(refused) << key;
    EXPECT_THAT(*refused, HasSubstr("the machine's")) << key;
  }
}

TEST_F(KernelTest, writes_into_the_namespace_only) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  EXPECT_FALSE(write_sysctl("net.ipv4.ip_default_ttl", "77"));
  EXPECT_EQ(read("/proc/sys/net/ipv4/ip_default_ttl"), "77");
  TearDown();
  EXPECT_NE(read("/proc/sys/net/ipv4/ip_default_ttl"), "77");
}

TEST_F(KernelTest, tells_why_a_sysctl_was_refused) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  EXPECT_THAT(write_sysctl("net.ipv4.nosuch", "1").value_or(""), HasSubstr("no such sysctl"));
  EXPECT_THAT(write_sysctl("net.ipv4.conf", "1").value_or(""), HasSubstr("no such sysctl"));
  EXPECT_THAT(write_sysctl("net.ipv4.ip_forward", "x").value_or(""),
              HasSubstr("refuses this value"));
  EXPECT_THAT(write_sysctl("net.netfilter.nf_conntrack_max", "7").value_or(""),
              HasSubstr("cannot be written"));
}

TEST_F(KernelTest, ports_inherit_the_predictable_defaults) {
  ASSERT_FALSE(dut_->configure(router(), {}));
  for (const char* port : {"lan", "wan"}) {
    const std::string conf = std::string("/proc/sys/net/ipv4/conf/") + port + "/";
    EXPECT_EQ(read(conf + "forwarding"), "1");
    EXPECT_EQ(read(conf + "rp_filter"), "0");
    EXPECT_EQ(read(conf + "send_redirects"), "0");
  }
  EXPECT_EQ(read("/proc/sys/net/netfilter/nf_conntrack_events"), "1");
}

}  // namespace
}  // namespace natstep::netns::testing
