// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/namespace.h"

#include "netns/rules_nft.h"
#include "tests/netns/support.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <gmock/gmock.h>
#include <net/if.h>
#include <sys/wait.h>
#include <unistd.h>

namespace natstep::netns::testing {
namespace {

TEST_F(KernelTest, a_fresh_namespace_is_ours_and_empty) {
  const Namespace first = Namespace::create();
  first.require_inside();
  EXPECT_EQ(::if_nametoindex("lo"), 1U);
  EXPECT_EQ(::if_nametoindex("lan"), 0U);
  const Namespace second = Namespace::create();
  second.require_inside();
  EXPECT_THROW(first.require_inside(), EnvironmentError);
  first.enter();
  first.require_inside();
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Interfaces, addresses, routes, rules, sysctls and conntrack of the namespace that we are in.
std::map<std::string, std::string> everything() {
  std::map<std::string, std::string> seen;
  std::unique_ptr<struct if_nameindex[], decltype(&::if_freenameindex)> interfaces(
      ::if_nameindex(), &::if_freenameindex);
  for (const struct if_nameindex* i = interfaces.get(); i->if_index != 0; ++i)
    seen["interfaces"] += i->if_name + std::string(" ");
  for (const char* file :
       {"/proc/thread-self/net/route", "/proc/thread-self/net/fib_trie",
        "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/icmp_ratelimit",
        "/proc/sys/net/ipv6/conf/all/disable_ipv6", "/proc/sys/net/netfilter/nf_conntrack_events",
        "/proc/sys/net/netfilter/nf_conntrack_count", "/proc/thread-self/net/ip_tables_names",
        "/proc/self/mounts"}) {
    seen[file] = content(file);
  }
  seen["rules"] = NftRules().list_json("");
  return seen;
}

/// Does a whole scenario in a child process; with `end_by`, the child is killed in the middle
/// instead of ending.
void run_scenario_in_child(int end_by) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    KernelDut dut;
    const SysctlSpec sysctls[] = {{"net.ipv4.ip_default_ttl", "77"}};
    dut.configure(router(), sysctls);
    dut.load_rules(RuleTool::nft, masquerade_rules);
    dut.load_rules(RuleTool::iptables_legacy, "-t nat -A POSTROUTING -j MASQUERADE");
    const TapPlace place{.hook = HookNumber::forward, .priority = 1};
    dut.install_taps({&place, 1});
    const wire::Bytes packet = udp({"10.0.1.2", 4000}, {"198.51.100.9", 53});
    Observation seen;
    dut.apply({.port = lan, .packet = packet}, {.taps = true, .conntrack_events = true}, seen);
    if (end_by != 0) ::raise(end_by);
    ::_exit(seen.frames.size() == 1 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (end_by != 0) {
    EXPECT_TRUE(WIFSIGNALED(status));
  } else {
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
}

TEST_F(KernelTest, the_machine_is_the_same_before_and_after) {
  TearDown();
  const auto before = everything();
  run_scenario_in_child(0);
  EXPECT_EQ(everything(), before);
}

TEST_F(KernelTest, a_killed_run_leaves_nothing) {
  TearDown();
  const auto before = everything();
  run_scenario_in_child(SIGKILL);
  EXPECT_EQ(everything(), before);
}

}  // namespace
}  // namespace natstep::netns::testing
