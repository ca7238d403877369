// SPDX-License-Identifier: GPL-2.0-or-later
// How a user-mode Linux is named and configured, and what a build that fails is said to fail of.
#include "harness/fleet/build.h"

#include "harness/cli/exit_code.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

TEST(UmlBuild, ItsNameTellsWhatIsInIt) {
  UmlBuild build;
  build.source = "6.12";
  EXPECT_EQ(name_of(build), "uml-6.12");
  build.virtual_time = build.kcov = build.kasan = true;
  EXPECT_EQ(name_of(build), "uml-6.12-vt-kcov-kasan");
}

TEST(UmlBuild, OptionsAreOnWhenTheyAreAskedFor) {
  UmlBuild build;
  EXPECT_THAT(config_of(build), HasSubstr("\nCONFIG_NF_NAT=y\n"));
  EXPECT_THAT(config_of(build), HasSubstr("\nCONFIG_OVERLAY_FS=y\n"));
  EXPECT_THAT(config_of(build), Not(HasSubstr("KASAN")));
  build.virtual_time = build.kcov = build.kasan = true;
  EXPECT_THAT(config_of(build), HasSubstr("\nCONFIG_UML_TIME_TRAVEL_SUPPORT=y\n"));
  EXPECT_THAT(config_of(build), HasSubstr("\nCONFIG_KCOV=y\n"));
  EXPECT_THAT(config_of(build), HasSubstr("\nCONFIG_KASAN=y\n"));
}

TEST(UmlBuild, OnlyNatConntrackAndIcmpErrorsTellWhatWasReached) {
  const auto tree = std::filesystem::temp_directory_path() / "natstep-kcov-tree";
  for (const char* path :
       {"net/netfilter/nf_nat_core.c", "net/netfilter/nf_conntrack_proto_tcp.c",
        "net/netfilter/nf_tables_api.c", "net/ipv4/netfilter/ipt_REJECT.c",
        "net/ipv6/netfilter/ip6t_NPT.c", "net/ipv6/netfilter/Makefile", "net/ipv4/tcp.c"}) {
    std::filesystem::create_directories((tree / path).parent_path());
    std::ofstream(tree / path) << "\n";
  }
  std::vector<std::string> expected;
  for (const char* name :
       {"nf_nat_core", "nf_conntrack_proto_tcp", "ipt_REJECT", "ip6t_NPT", "icmp", "icmp"}) {
    expected.push_back(std::string("KCOV_INSTRUMENT_") + name + ".o=y");
    expected.push_back(std::string("CFLAGS_") + name + ".o=-g");
  }
  EXPECT_THAT(kcov_words(tree), UnorderedElementsAreArray(expected));
  std::filesystem::remove_all(tree);
  UmlBuild build;
  build.kcov = true;
  EXPECT_THAT(config_of(build), HasSubstr("\nCONFIG_KCOV_INSTRUMENT_ALL=n\n"));
}

TEST(UmlBuild, TheFirstErrorIsTheCompilersAndNotTheOneThatMakeMakesOfIt) {
  EXPECT_EQ(first_error("  CC  a.o\nmake: *** [a.o] Error 1\na.c:3:1: error: unknown type name\n"),
            "a.c:3:1: error: unknown type name");
  EXPECT_EQ(first_error("make[2]: *** No rule to make target 'linux'.  Stop.\n"),
            "make[2]: *** No rule to make target 'linux'.  Stop.");
  EXPECT_EQ(first_error("  LD  linux\n"), "");
}

TEST(UmlBuild, AFolderWithoutAKernelIsRefused) {
  KernelStore store(std::filesystem::temp_directory_path() / "natstep-no-store");
  UmlBuild build;
  EXPECT_THROW(build_kernel(build, store), UsageError);
  build.tree = "/proc";
  EXPECT_THROW(build_kernel(build, store), UsageError);
}

}  // namespace
}  // namespace natstep::harness
