// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/kernel_store.h"

#include "harness/cli/exit_code.h"
#include "harness/fleet/fetch.h"
#include "harness/fleet/kernel_modules.h"
#include "harness/report/output.h"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class KernelStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  Kernel put(const std::string& name, KernelKind kind = KernelKind::pc) {
    Kernel kernel;
    kernel.name = name;
    kernel.kind = kind;
    kernel.release = name + "-cloud-amd64";
    kernel.origin = "linux-image-" + kernel.release + " " + name;
    return store_.put(kernel, [](Kernel& fresh) {
      fresh.image = fresh.folder / "vmlinuz";
      fresh.modules = {"nf_conntrack", "nf_nat"};
      write_file(fresh.image, "kernel");
    });
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("kernel_store_" + std::to_string(::getpid()));
  KernelStore store_{folder_ / "kernels"};
};

TEST_F(KernelStoreTest, KeepsWhatWasPut) {
  put("6.12.117-1");
  const auto kernel = store_.find("6.12.117-1");
  ASSERT_TRUE(kernel);
  EXPECT_EQ(kernel->image, store_.folder() / "6.12.117-1/vmlinuz");
  EXPECT_THAT(kernel->modules, ElementsAre("nf_conntrack", "nf_nat"));
  EXPECT_TRUE(fs::exists(kernel->image));
  EXPECT_EQ(version_of(*kernel), "6.12.117");
}

TEST_F(KernelStoreTest, FindsTheNewestOfAnUpstreamVersion) {
  put("6.12.90-1");
  put("6.12.90-2");
  put("6.12.90-2~bpo12+1");
  EXPECT_EQ(store_.find("6.12.90")->name, "6.12.90-2");
  EXPECT_EQ(store_.find("6.12.90-1")->name, "6.12.90-1");
  EXPECT_FALSE(store_.find("6.12.9"));
}

TEST_F(KernelStoreTest, ListsOldestFirstAndUserModeLast) {
  put("uml-6.1", KernelKind::uml);
  put("7.3.4-1");
  put("6.12.9-1");
  put("6.12.10-1");
  std::vector<std::string> names;
  for (const Kernel& kernel : store_.list())
    names.push_back(kernel.name);
  EXPECT_THAT(names, ElementsAre("6.12.9-1", "6.12.10-1", "7.3.4-1", "uml-6.1"));
}

TEST_F(KernelStoreTest, AKernelThatCouldNotBeHadLeavesNothing) {
  const auto fail = [](Kernel&) { throw std::runtime_error("no"); };
  Kernel kernel;
  kernel.name = "6.1";
  EXPECT_THROW(store_.put(kernel, fail), std::runtime_error);
  EXPECT_TRUE(fs::is_empty(store_.folder()));
}

TEST_F(KernelStoreTest, TakesOverABzImage) {
  std::string image(0x400, '\0');
  image.replace(0x202, 4, "HdrS");
  const std::uint16_t pointer = 0x100;
  std::memcpy(image.data() + 0x20e, &pointer, sizeof pointer);
  image.replace(0x300, 20, "6.1.99-mine (me) #1 ");
  write_file(folder_ / "bzImage", image);
  EXPECT_EQ(add_kernel(folder_ / "bzImage", {}, store_).name, "6.1.99-mine");
  EXPECT_EQ(add_kernel(folder_ / "bzImage", "patched", store_).name, "patched");
  EXPECT_EQ(version_of(*store_.find("patched")), "6.1.99-mine");
}

TEST_F(KernelStoreTest, RefusesWhatIsNoKernel) {
  write_file(folder_ / "readme", "words");
  EXPECT_THROW(add_kernel(folder_ / "readme", {}, store_), UsageError);
  EXPECT_THROW(add_kernel(folder_ / "nothing", {}, store_), UsageError);
  EXPECT_THROW(add_kernel(folder_, {}, store_), UsageError);
}

TEST(KernelModules, NamesAreWrittenWithUnderscores) {
  EXPECT_EQ(module_name("lib/modules/6.1/kernel/net/netfilter/nf_nat.ko.xz"), "nf_nat");
  EXPECT_EQ(module_name("kernel/crypto/crc32c-intel.ko"), "crc32c_intel");
  EXPECT_EQ(module_name("boot/vmlinuz-6.1"), "");
}

TEST(KernelModules, WantsNetfilterAndTun) {
  EXPECT_TRUE(is_wanted_module("lib/modules/6.1/kernel/drivers/net/tun.ko"));
  EXPECT_TRUE(is_wanted_module("lib/modules/6.1/kernel/net/netfilter/nft_nat.ko"));
  EXPECT_TRUE(is_wanted_module("usr/lib/modules/6.1/kernel/net/ipv6/netfilter/ip6_tables.ko.xz"));
  EXPECT_FALSE(is_wanted_module("lib/modules/6.1/kernel/net/netfilter/ipvs/ip_vs.ko"));
  EXPECT_FALSE(is_wanted_module("lib/modules/6.1/kernel/drivers/net/veth.ko"));
}

TEST(KernelModules, EachIsLoadedBehindWhatItNeeds) {
  const std::map<std::string, ModuleInfo> modules{
      {"nf_nat", {.depends = {"nf_conntrack"}, .before = {}, .aliases = {}}},
      {"nf_conntrack", {.depends = {"libcrc32c", "built_in"}, .before = {}, .aliases = {}}},
      {"libcrc32c", {.depends = {}, .before = {"crc32c_generic"}, .aliases = {}}},
      {"crc32c_generic", {}},
      {"nft_nat", {.depends = {"nf_nat", "nf_conntrack"}, .before = {}, .aliases = {}}}};
  const auto info_of = [&](const std::string& name) {
    const auto found = modules.find(name);
    return found == modules.end() ? nullptr : &found->second;
  };
  EXPECT_THAT(load_order({"nft_nat", "nf_nat"}, info_of),
              ElementsAre("crc32c_generic", "libcrc32c", "nf_conntrack", "nf_nat", "nft_nat"));
}

TEST(KernelModules, AreLoadedWithoutTheirSignature) {
  const std::string about("\0\0\2\0\0\0\0\0\0\0\0\3", 12);
  const std::string mark = "~Module signature appended~\n";
  EXPECT_EQ(without_signature("object" + std::string("sig") + about + mark), "object");
  EXPECT_EQ(without_signature("object"), "object");
  EXPECT_EQ(without_signature("x" + about + mark), "x" + about + mark);  // longer than all there is
}

TEST(KernelModules, WhatIsNoModuleSaysNothing) {
  EXPECT_TRUE(module_info("words").depends.empty());
  EXPECT_TRUE(module_info(std::string_view("\x7f"
                                           "ELF",
                                           4))
                  .depends.empty());
}

}  // namespace
}  // namespace natstep::harness
