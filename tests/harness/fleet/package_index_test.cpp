// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/package_index.h"

#include "harness/fleet/apt.h"
#include "harness/fleet/debian_version.h"

#include <cstdlib>
#include <string>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::HasSubstr;

int sign(int number) {
  return (number > 0) - (number < 0);
}

TEST(DebianVersion, NumbersAreNumbers) {
  EXPECT_LT(compare_versions("6.12.9-1", "6.12.10-1"), 0);
  EXPECT_LT(compare_versions("5.10.262-1", "6.1.170-3"), 0);
  EXPECT_EQ(compare_versions("6.12.043-1", "6.12.43-1"), 0);
}

TEST(DebianVersion, TildeIsBeforeTheEnd) {
  EXPECT_LT(compare_versions("7.3~rc7-1~exp1", "7.3-1"), 0);
  EXPECT_LT(compare_versions("6.12.117-1~deb12u1", "6.12.117-1"), 0);
  EXPECT_LT(compare_versions("6.12.90-2~bpo12+1", "6.12.90-2"), 0);
}

TEST(DebianVersion, AnEpochOutranksAll) {
  EXPECT_GT(compare_versions("1:1.0-1", "9.9-9"), 0);
}

/// dpkg itself is the judge, where there is one.
TEST(DebianVersion, AgreesWithDpkg) {
  if (std::system("command -v dpkg >/dev/null") != 0) GTEST_SKIP() << "there is no dpkg";
  const std::string versions[] = {"6.12.9-1",  "6.12.10-1", "6.12.10-1~bpo1", "6.12.10-1+b1",
                                  "7.3~rc7-1", "7.3-1",     "1:0.1-1",        "7.3.a-1",
                                  "7.3+a-1",   "7.3"};
  for (const std::string& left : versions) {
    for (const std::string& right : versions) {
      const std::string lt = "dpkg --compare-versions '" + left + "' lt '" + right + "'";
      const std::string gt = "dpkg --compare-versions '" + left + "' gt '" + right + "'";
      const int expected = (std::system(gt.c_str()) == 0) - (std::system(lt.c_str()) == 0);
      EXPECT_EQ(sign(compare_versions(left, right)), expected) << left << " " << right;
    }
  }
}

TEST(DebianVersion, UpstreamIsWhatStandsBeforeTheRevision) {
  EXPECT_EQ(upstream_version("6.12.117-1~deb12u1"), "6.12.117");
  EXPECT_EQ(upstream_version("7.3~rc7-1~exp1"), "7.3~rc7");
}

constexpr const char* index_text =
    "Package: linux-image-6.12.117+deb13-cloud-amd64\n"
    "Version: 6.12.117-1\n"
    "Size: 34671208\n"
    "\n"
    "Package: linux-image-6.12-cloud-amd64\n"  // only a name for the newest
    "Version: 6.12.117-1\n"
    "Size: 1500\n"
    "\n"
    "Package: linux-image-6.19.8+deb13-cloud-amd64\n"
    "Version: 6.19.8-1~bpo13+1\n"
    "Size: 1920\n"
    "\n"
    "Package: linux-binary-6.19.8+deb13-cloud-amd64\n"
    "Version: 6.19.8-1~bpo13+1\n"
    "Size: 12000000\n"
    "\n"
    "Package: linux-image-7.3.4+deb13-cloud-amd64\n"
    "Version: 7.3.4-1~bpo13+1\n"
    "Size: 1928\n"
    "\n"
    "Package: linux-binary-7.3.4+deb13-cloud-amd64\n"
    "Version: 7.3.4-1~bpo13+1\n"
    "Size: 13604064\n"
    "\n"
    "Package: linux-modules-7.3.4+deb13-cloud-amd64\n"
    "Version: 7.3.4-1~bpo13+1\n"
    "Size: 22918420\n"
    "\n"
    "Package: linux-image-5.10.0-46-cloud-amd64\n"
    "Version: 5.10.262-1\n"
    "Size: 21521796\n";

std::vector<PackagedKernel> kernels_of_index() {
  return packaged_kernels(parse_stanzas(index_text), "cloud-amd64");
}

TEST(PackageIndex, OldestFirstAndOneAVersion) {
  const auto kernels = kernels_of_index();
  ASSERT_EQ(kernels.size(), 4U);
  EXPECT_EQ(kernels[0].version, "5.10.262-1");
  EXPECT_EQ(kernels[1].version, "6.12.117-1");
  EXPECT_EQ(kernels[2].version, "6.19.8-1~bpo13+1");
  EXPECT_EQ(kernels[3].version, "7.3.4-1~bpo13+1");
}

TEST(PackageIndex, NewKernelsAreTwoPackages) {
  const auto kernels = kernels_of_index();
  ASSERT_EQ(kernels[3].packages.size(), 2U);
  EXPECT_EQ(kernels[3].packages[0].name, "linux-binary-7.3.4+deb13-cloud-amd64");
  EXPECT_EQ(kernels[3].packages[1].name, "linux-modules-7.3.4+deb13-cloud-amd64");
  EXPECT_EQ(kernels[3].problem, "");
}

TEST(PackageIndex, ModulesThatAreGoneAreNamed) {
  EXPECT_EQ(kernels_of_index()[2].problem,
            "its package linux-modules-6.19.8+deb13-cloud-amd64 is in no index any more");
}

TEST(Resolve, ByUpstreamVersionByPackageVersionAndByRelease) {
  const auto kernels = kernels_of_index();
  for (const char* wanted :
       {"6.12.117", "6.12.117-1", "6.12.117+deb13-cloud-amd64", "6.12.117+deb13"}) {
    const Resolved resolved = resolve(kernels, wanted);
    ASSERT_NE(resolved.kernel, nullptr) << wanted;
    EXPECT_EQ(resolved.kernel->version, "6.12.117-1");
    EXPECT_EQ(resolved.remark, "");
  }
  EXPECT_EQ(resolve(kernels, "5.10.262").kernel->release, "5.10.0-46-cloud-amd64");
}

TEST(Resolve, TheNewestOfASeries) {
  const auto kernels = kernels_of_index();
  const Resolved resolved = resolve(kernels, "6.12");
  ASSERT_NE(resolved.kernel, nullptr);
  EXPECT_EQ(resolved.kernel->version, "6.12.117-1");
  EXPECT_EQ(resolved.remark, "");
}

TEST(Resolve, TakesTheNearestAndSaysWhy) {
  const auto kernels = kernels_of_index();
  const Resolved gone = resolve(kernels, "6.19.8");
  EXPECT_EQ(gone.kernel->version, "6.12.117-1");
  EXPECT_EQ(gone.remark,
            "kernel 6.19.8-1~bpo13+1 cannot be had: its package "
            "linux-modules-6.19.8+deb13-cloud-amd64 is in no index any more");
  const Resolved unknown = resolve(kernels, "4.19");
  EXPECT_EQ(unknown.kernel->version, "5.10.262-1");
  EXPECT_EQ(unknown.remark, "no suite has a package of kernel 4.19");
  EXPECT_EQ(resolve({}, "6.1").kernel, nullptr);
}

TEST(Apt, TheMirrorIsTheMachines) {
  const Mirrors mirrors = mirrors_in(
      "http://other.example/tools bookworm-tools\n"
      "http://mirror.example/debian/ bookworm\n"
      "http://mirror.example/debian/ bookworm-updates\n"
      "http://mirror.example/debian-security/ bookworm-security\n"
      "http://other.example/node nodistro\n");
  EXPECT_EQ(mirrors.security, "http://mirror.example/debian-security/");
  const std::string sources = sources_text(mirrors, "/k.gpg");
  EXPECT_THAT(sources, HasSubstr("mirror.example/debian-security/ trixie-security main"));
}

TEST(Apt, SourcesHaveEverySuite) {
  const std::string sources =
      sources_text({.archive = "http://m/debian", .security = {}}, "/k.gpg");
  EXPECT_THAT(sources, HasSubstr("deb [arch=amd64 signed-by=/k.gpg] http://m/debian sid main\n"));
  EXPECT_THAT(sources, HasSubstr("http://m/debian experimental main\n"));
  EXPECT_THAT(sources, ::testing::Not(HasSubstr("security")));
}

TEST(Apt, SaysInOneLineWhatWentWrong) {
  EXPECT_EQ(apt_complaint("E: Failed to fetch http://m/x.deb  404  Not Found [IP: 1.2.3.4 80]\n"),
            "the mirror no longer has it (404)");
  EXPECT_EQ(apt_complaint("W: odd\nE: Unable to locate package x\n"), "Unable to locate package x");
  EXPECT_EQ(apt_complaint(""), "apt gives no reason");
}

}  // namespace
}  // namespace natstep::harness
