// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/debian_changelog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* changelog =
    "linux-signed-amd64 (6.12.117+1) trixie-security; urgency=high\n"
    "\n"
    "  * Sign kernel from linux 6.12.117-1\n"
    "\n"
    "  * New upstream stable update:\n"
    "    https://www.kernel.org/pub/linux/kernel/v6.x/ChangeLog-6.12.117\n"
    "    - netfilter: conntrack: fix what a reset\n"
    "      leaves (CVE-2026-1)\n"
    "    - io_uring: something else\n"
    "\n"
    " -- A Maintainer <a@example.org>  Mon, 16 Nov 2026 11:17:40 +0100\n"
    "\n"
    "linux (6.12.116-1) trixie-security; urgency=high\n"
    "\n"
    "    - netfilter: an older one\n"
    "\n"
    " -- A Maintainer <a@example.org>  Mon, 9 Nov 2026 11:17:40 +0100\n";

TEST(DebianChangelog, TellsWhatTouchesNetfilterBetweenTwoVersions) {
  EXPECT_THAT(netfilter_changes(changelog, "6.12.116-1", "6.12.117-1"),
              ElementsAre("netfilter: conntrack: fix what a reset leaves (CVE-2026-1)"));
  EXPECT_THAT(netfilter_changes(changelog, "6.12.115-1", "6.12.116-1"),
              ElementsAre("netfilter: an older one"));
  EXPECT_THAT(netfilter_changes(changelog, "6.12.117-1", "6.12.118-1"), IsEmpty());
  // A backport begins with what it was made of.
  EXPECT_THAT(netfilter_changes(changelog, "6.12.116-1", "6.12.117-1~deb12u1"),
              ElementsAre("netfilter: conntrack: fix what a reset leaves (CVE-2026-1)"));
  EXPECT_THAT(netfilter_changes(changelog, "6.12.116-1~deb12u1", "6.12.117-1~deb12u1"),
              ElementsAre("netfilter: conntrack: fix what a reset leaves (CVE-2026-1)"));
}

}  // namespace
}  // namespace natstep::harness
