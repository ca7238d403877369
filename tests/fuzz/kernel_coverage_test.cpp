// SPDX-License-Identifier: GPL-2.0-or-later
// What KCOV tells, as features and as files; which places a kernel's image has.
#include "fuzz/kcov.h"
#include "fuzz/kernel_lines.h"
#include "fuzz/kernel_places.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace natstep::fuzz::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(KernelTrace, AWayIsAFeatureHoweverOftenItWasGone) {
  KernelTrace trace;
  Features features;
  trace.add(std::array<std::uint64_t, 5>{10, 20, 10, 20, 10}, features);
  EXPECT_THAT(features.numbers(), SizeIs(3));  // into 10, to 20, and back
  EXPECT_THAT(features.numbers(), Each(Ge(own_feature_count)));
  features.clear();
  trace.add(std::array<std::uint64_t, 2>{10, 20}, features);
  EXPECT_THAT(features.numbers(), SizeIs(2)) << "each program tells all that it reaches";
}

TEST(KernelTrace, APlaceIsNewOnce) {
  KernelTrace trace;
  Features features;
  trace.add(std::array<std::uint64_t, 3>{10, 20, 10}, features);
  EXPECT_THAT(trace.new_places(), ElementsAre(10, 20));
  trace.add(std::array<std::uint64_t, 3>{20, 10, 30}, features);
  EXPECT_THAT(trace.new_places(), ElementsAre(30));
}

TEST(Kcov, ThereIsNoneWhereTheKernelHasNone) {
  if (std::filesystem::exists("/sys/kernel/debug/kcov")) GTEST_SKIP() << "this kernel has it";
  EXPECT_EQ(Kcov::open(), nullptr);
}

/// An ELF image with one segment of code.
std::string image_of(std::uint64_t address, const std::string& code, std::uint32_t flags) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_phoff = sizeof header;
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_flags = flags;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_vaddr = address;
  segment.p_filesz = code.size();
  std::string image(reinterpret_cast<const char*>(&header), sizeof header);
  image.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  return image + code;
}

std::string call(std::int32_t distance) {
  std::string code = "\xe8";
  return code.append(reinterpret_cast<const char*>(&distance), sizeof distance);
}

const char* const symbols_of_two = "1000 t reached\n1020 t next\n2000 T __sanitizer_cov_trace_pc\n";

TEST(PlacesIn, AreBehindTheCallsOfTheCallback) {
  // At 0x1000 a call of 0x2000, at 0x1005 one of something else, at 0x100a one back to 0x2000.
  const std::string code = call(0x2000 - 0x1005) + call(7) + call(0x2000 - 0x100f) + "\xe8";
  EXPECT_THAT(places_in(image_of(0x1000, code, PF_R | PF_X), symbols_of_two),
              ElementsAre(0x1005, 0x100f));
  EXPECT_THAT(places_in(image_of(0x1000, code, PF_R), symbols_of_two), IsEmpty()) << "data";
  EXPECT_THAT(places_in(image_of(0x1000, code, PF_R | PF_X).substr(0, 70), symbols_of_two),
              IsEmpty());
  EXPECT_THAT(places_in("MZ no ELF", symbols_of_two), IsEmpty());
  EXPECT_THAT(places_in(image_of(0x1000, code, PF_R | PF_X), "1000 t reached\n"), IsEmpty());
}

/// "movabs number, %reg"; `rex` is 0x48 for the registers up to 7, else 0x49.
std::string load(char rex, char opcode, std::uint64_t number) {
  return std::string{rex, opcode} + std::string(reinterpret_cast<const char*>(&number), 8);
}

TEST(PlacesIn, AreBehindCallsThroughARegister) {
  const std::string call_r12 = "\x41\xff\xd4", call_rax = "\xff\xd0";
  std::string code = load(0x49, '\xbc', 0x2000) + call_r12 + "\x90" + call_r12;  // 0x100d, 0x1011
  code += load(0x48, '\xb8', 0x3000) + call_rax;                                 // somebody else
  code.resize(0x20, '\x90');
  code += call_r12;                                          // in the next function it is not held
  code += load(0x48, '\xb8', 0x2000) + call_rax + call_rax;  // 0x102f; then the first call's value
  EXPECT_THAT(places_in(image_of(0x1000, code, PF_R | PF_X), symbols_of_two),
              ElementsAre(0x100d, 0x1011, 0x102f));
}

TEST(KernelLines, AreThoseWhereCodeOfHeadersIsInlined) {
  EXPECT_EQ(lines_in("0x0000000060313491\n"
                     "/build/linux/include/net/netfilter/nf_nat.h:51\n"
                     "/build/net/linux/net/netfilter/nf_nat_core.c:765 (discriminator 2)\n"
                     "/build/net/linux/net/netfilter/nf_nat_core.c:800\n"
                     "0x0000000060313500\n"
                     "??:0\n"
                     "0x0000000060313600\n"
                     "/build/linux/net/netfilter/nf_nat_core.c:?\n"),
            "60313492 net/netfilter/nf_nat_core.c:765\n");
  EXPECT_EQ(lines_in(""), "");
}

class Places : public ::testing::Test {
 protected:
  Places() { std::filesystem::create_directories(out_); }
  ~Places() override { std::filesystem::remove_all(out_); }

  [[nodiscard]] std::string text_of(const char* name) const {
    std::ifstream file(out_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const char* name, const std::string& text) const {
    std::ofstream(out_ / name, std::ios::binary) << text;
  }

  std::filesystem::path out_ =
      std::filesystem::temp_directory_path() / ("natstep-places-" + std::to_string(::getpid()));
  SharedPage page_;
};

TEST_F(Places, TheSumOfAllWorkersAndEarlierStartsIsKept) {
  write("pcs.txt", "1000\n");
  KernelPlaces places(out_, {});
  places.keep();
  EXPECT_EQ(text_of("pcs.txt"), "1000\n") << "nothing is told, nothing is written";
  tell_places(page_->workers[0], std::array<std::uint64_t, 2>{0xffffffff81000010, 0x1000});
  tell_places(page_->workers[1], std::array<std::uint64_t, 1>{0x2000});
  places.take(0, page_->workers[0]);
  places.take(1, page_->workers[1]);
  places.keep();
  EXPECT_EQ(text_of("pcs.txt"), "1000\n2000\nffffffff81000010\n");
  EXPECT_EQ(places.count(), 3);
}

TEST_F(Places, WhichThereAreIsReadFromTheImage) {
  write("image", image_of(0x1000, call(0x2000 - 0x1005), PF_X));
  write("kallsyms.txt",
        "0000000000001000 t tcp_new\n0000000000002000 T __sanitizer_cov_trace_pc\n");
  KernelPlaces places(out_, out_ / "image");
  tell_places(page_->workers[0], std::array<std::uint64_t, 1>{0x1005});
  places.take(0, page_->workers[0]);
  places.keep();
  EXPECT_EQ(text_of("points.txt"), "1005\n");
}

TEST_F(Places, AnotherKernelsAddressesGo) {
  if (!std::filesystem::exists("/proc/kallsyms")) GTEST_SKIP() << "this kernel has no symbols";
  write("kallsyms.txt", "of another\n");
  for (const char* name : {"pcs.txt", "points.txt"})
    write(name, "1000\n");
  keep_symbols(out_);
  EXPECT_FALSE(std::filesystem::exists(out_ / "pcs.txt"));
  EXPECT_FALSE(std::filesystem::exists(out_ / "points.txt"));
  write("pcs.txt", "2000\n");
  keep_symbols(out_);
  EXPECT_EQ(text_of("pcs.txt"), "2000\n") << "the same kernel's stay";
}

}  // namespace
}  // namespace natstep::fuzz::testing
