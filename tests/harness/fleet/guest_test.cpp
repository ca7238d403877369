// SPDX-License-Identifier: GPL-2.0-or-later
// What goes over the serial line, and what a console tells.
#include "harness/fleet/console.h"
#include "harness/fleet/guest_channel.h"
#include "harness/fleet/guest_command.h"
#include "harness/fleet/machine.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(FrameReader, PutsPiecesTogether) {
  FrameReader reader;
  const std::string bytes = to_wire({.kind = "result", .payload = std::string("a\0b\n", 4)});
  for (const char c : bytes.substr(0, bytes.size() - 1)) {
    reader.feed({&c, 1});
    EXPECT_FALSE(reader.next());
  }
  reader.feed(bytes.substr(bytes.size() - 1));
  const auto frame = reader.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->kind, "result");
  EXPECT_EQ(frame->payload, std::string("a\0b\n", 4));
  EXPECT_FALSE(reader.next());
}

TEST(FrameReader, SkipsWhatStandsBetween) {
  FrameReader reader;
  reader.feed("noise natstep is no header\n");
  reader.feed(to_wire({.kind = "hello", .payload = "6.1"}));
  reader.feed("\r\nmore");
  reader.feed(to_wire({.kind = "gone", .payload = ""}));
  EXPECT_EQ(reader.next()->payload, "6.1");
  EXPECT_EQ(reader.next()->kind, "gone");
  EXPECT_FALSE(reader.next());
}

TEST(GuestChannel, RequestsAndRepliesComeThroughUnchanged) {
  const std::string odd("\xff\0\n", 3);
  const ScenarioRequest request = decode_scenario(
      encode(ScenarioRequest{.path = "a.nat", .area = "dnat", .files = {{"a.nat", odd}}}));
  EXPECT_EQ(request.path, "a.nat");
  ASSERT_EQ(request.files.size(), 1U);
  EXPECT_EQ(request.files[0].content, odd);

  const GuestOptions options = decode_options(encode(GuestOptions{.folder = "/w",
                                                                  .profile = "linux-6.1",
                                                                  .broken = "x",
                                                                  .out = "out",
                                                                  .minimise = false,
                                                                  .colour = true,
                                                                  .other_profiles = true,
                                                                  .asked = "a b"}));
  EXPECT_EQ(options.asked, "a b");
  EXPECT_EQ(options.profile, "linux-6.1");
  EXPECT_FALSE(options.minimise);
  EXPECT_TRUE(options.other_profiles);

  const CommandReply reply = decode_command_reply(
      encode(CommandReply{.status = 3, .out = odd, .errors = "e", .files = {{"f", "g"}}}));
  EXPECT_EQ(reply.status, 3);
  EXPECT_EQ(reply.out, odd);
  EXPECT_EQ(reply.files[0].content, "g");
}

constexpr const char* warning =
    "[    3.1] ------------[ cut here ]------------\r\n"
    "[    3.1] WARNING: CPU: 0 PID: 77 at net/netfilter/nf_nat_core.c:600 "
    "nf_nat_setup_info+0x1a/0x90 [nf_nat]\r\n"
    "[    3.1] Modules linked in: nf_nat\r\n"
    "[    3.1] RIP: 0010:nf_nat_setup_info+0x1a/0x90 [nf_nat]\r\n"
    "[    3.1] Call Trace:\r\n"
    "[    3.1]  <TASK>\r\n"
    "[    3.1]  ? __warn+0x80/0x120\r\n"
    "[    3.1]  ? report_bug+0x80/0x120\r\n"
    "[    3.1]  nf_nat_inet_fn+0x11/0x22 [nf_nat]\r\n"
    "[    3.1]  nf_hook_slow+0x3d/0xb0\r\n"
    "[    3.1]  ip_output+0x3d/0xb0\r\n";

TEST(Console, AWarningHasAFingerprintOfTheFirstFunctions) {
  const auto trouble = find_trouble(std::string("[    1.0] all is well\n") + warning);
  ASSERT_TRUE(trouble);
  EXPECT_EQ(trouble->kind, "WARN");
  EXPECT_EQ(trouble->fingerprint(), "WARN nf_nat_setup_info < nf_nat_inet_fn < nf_hook_slow");
  EXPECT_THAT(trouble->excerpt, HasSubstr("Call Trace:"));
}

TEST(Console, AFingerprintDoesNotDependOnTimeOrAddresses) {
  std::string later = warning;
  for (std::size_t at = 0; (at = later.find("3.1]", at)) != std::string::npos;)
    later.replace(at, 4, "99.7]");
  for (std::size_t at = 0; (at = later.find("+0x1a", at)) != std::string::npos;)
    later.replace(at, 5, "+0xfe");
  EXPECT_EQ(find_trouble(later)->fingerprint(), find_trouble(warning)->fingerprint());
}

TEST(Console, APanicWithoutATraceIsItsOwnWords) {
  const auto trouble =
      find_trouble("[    9.0] Kernel panic - not syncing: sysrq triggered crash\r\n");
  ASSERT_TRUE(trouble);
  EXPECT_EQ(trouble->fingerprint(), "panic: Kernel panic - not syncing: sysrq triggered crash");
}

TEST(Console, KasanIsMoreTellingThanTheOopsBehindIt) {
  EXPECT_EQ(
      find_trouble("BUG: KASAN: slab-out-of-bounds in tcp_manip_pkt+0x1/0x2\n")->fingerprint(),
      "KASAN tcp_manip_pkt");
}

TEST(Console, APanicIsNamedAfterWhoCausedIt) {
  EXPECT_EQ(find_trouble("[    6.6] Kernel panic - not syncing: sysrq triggered crash\r\n"
                         "[    6.6]  dump_stack_lvl+0x5d/0x80\r\n"
                         "[    6.6]  vpanic+0x118/0x2d2\r\n"
                         "[    6.6]  panic+0x6b/0x6b\r\n"
                         "[    6.6]  sysrq_handle_crash+0x1a/0x20\r\n"
                         "[    6.6]  __handle_sysrq.cold+0x1/0x2\r\n")
                ->fingerprint(),
            "panic sysrq_handle_crash < __handle_sysrq.cold");
}

TEST(Console, ABootIsNoTrouble) {
  EXPECT_FALSE(find_trouble("[    0.0] Linux version 6.1\n[    0.1] Spectre V2 : Vulnerable\n"));
}

TEST(GuestCommand, KernelIsForTheHost) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(words_inside({"explain", "--kernel", "6.1", "x.nat"}), (Words{"explain", "x.nat"}));
  EXPECT_EQ(words_inside({"pin", "--kernel=6.1", "x.nat"}), (Words{"pin", "x.nat"}));
  EXPECT_EQ(words_inside({"bench", "--kernel"}), (Words{"bench"}));
  EXPECT_EQ(words_inside({"pin", "--kernel", "6.1", "--boot-option", "page_poison=1", "x.nat"}),
            (Words{"pin", "x.nat"}));
}

TEST(Machine, QemuGetsItsLinesAndTheProgramAsInit) {
  Kernel kernel;
  kernel.image = "/k/vmlinuz";
  const auto words = qemu_words(kernel, {.console = 5, .channel = 6, .initramfs = 7, .mailbox = 8},
                                {.kernel_words = {"init_on_alloc=0"}});
  EXPECT_THAT(words, Contains("socket,id=console,fd=5"));
  EXPECT_THAT(words, Contains("socket,id=channel,fd=6"));
  EXPECT_THAT(words, Contains("/proc/self/fd/7"));
  EXPECT_THAT(words, Contains(HasSubstr("mem-path=/proc/self/fd/8,")));
  EXPECT_THAT(words.back(), HasSubstr(" init_on_alloc=0 "));
  EXPECT_THAT(words.back(), HasSubstr("rdinit=/natstep/natstep"));
  EXPECT_TRUE(words.back().ends_with("-- guest"));
}

TEST(Machine, UserModeLinuxGetsItsConsoleBeforeTheWordsForNatstep) {
  Kernel kernel;
  kernel.kind = KernelKind::uml;
  const auto words = uml_words(kernel, {.console = 5, .channel = 6, .initramfs = -1}, {});
  EXPECT_THAT(words, Contains("console=tty0"));
  EXPECT_THAT(words, Contains("ssl1=fd:6,fd:6"));
  EXPECT_THAT(words, Contains("ro"));
  EXPECT_THAT(words, Not(Contains("time-travel=inf-cpu")));
  EXPECT_EQ(words.back(), "guest");
}

TEST(Machine, UserModeLinuxThatCanTravelsInTime) {
  Kernel kernel;
  kernel.kind = KernelKind::uml;
  kernel.virtual_time = true;
  EXPECT_THAT(uml_words(kernel, {}, {}), Contains("time-travel=inf-cpu"));
}

}  // namespace
}  // namespace natstep::harness
