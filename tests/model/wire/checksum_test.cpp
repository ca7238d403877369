// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/checksum.h"

#include <array>

#include <gtest/gtest.h>

namespace natstep::wire {
namespace {

/// A small deterministic generator: the tests must not differ from run to run.
class Lcg {
 public:
  explicit Lcg(std::uint64_t seed) : state_(seed) {}
  std::uint32_t next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>(state_ >> 32);
  }

 private:
  std::uint64_t state_;
};

/// RFC 1071 section 4.1, word by word.
std::uint16_t plain_sum(ByteView bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : std::uint32_t{bytes[i]};
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

/// The arithmetic of the kernel's __wsum: 32 bits with end-around carry, folded at the end.
std::uint32_t wsum_add(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t sum = a + b;
  return sum + (sum < b ? 1 : 0);
}
std::uint16_t wsum_fold(std::uint32_t sum) {
  sum = (sum >> 16) + (sum & 0xffff);
  sum += sum >> 16;
  return static_cast<std::uint16_t>(~sum);
}

constexpr std::array<std::uint16_t, 14> corner_values = {0x0000, 0x0001, 0x00ff, 0x0100, 0x7fff,
                                                         0x8000, 0x8001, 0xaaaa, 0x5555, 0xfeff,
                                                         0xff00, 0xfffe, 0xffff, 0x1234};

TEST(Checksum, SumsTheExampleOfRfc1071) {
  const Bytes bytes = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(ones_sum(bytes), 0xddf2);
  EXPECT_EQ(internet_checksum(bytes), 0x220d);
}

TEST(Checksum, SumsAnyLengthAndAlignmentLikeTheDefinition) {
  Lcg random(1);
  Bytes bytes(300);
  for (auto& byte : bytes)
    byte = static_cast<std::uint8_t>(random.next());
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t size = 0; size + begin <= bytes.size(); ++size) {
      const ByteView part = ByteView(bytes).subspan(begin, size);
      ASSERT_EQ(ones_sum(part), plain_sum(part)) << begin << '+' << size;
    }
  }
}

TEST(Checksum, KeepsBothZerosApart) {
  EXPECT_EQ(ones_sum(Bytes(64, 0x00)), 0x0000);
  EXPECT_EQ(ones_sum(Bytes(64, 0xff)), 0xffff);
  EXPECT_EQ(ones_sum(Bytes{}), 0x0000);
  EXPECT_EQ(internet_checksum(Bytes(20, 0)), 0xffff);
}

TEST(Checksum, OfTheLargestPacketDoesNotOverflow) {
  const Bytes bytes(65535, 0xff);
  EXPECT_EQ(ones_sum(bytes), plain_sum(bytes));
}

TEST(Checksum, OfAHeaderIsValidWithItself) {
  Bytes header = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                  0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
  store_be16(&header[10], internet_checksum(header));
  EXPECT_EQ(load_be16(&header[10]), 0xb861);
  EXPECT_TRUE(checksum_valid(header));
  header[19] ^= 1;
  EXPECT_FALSE(checksum_valid(header));
}

TEST(Checksum, OfNothingButZerosIsInvalid) {
  EXPECT_FALSE(checksum_valid(Bytes(20, 0)));
}

TEST(PseudoHeader, IsTheSumOfItsTwelveBytes) {
  const Bytes bytes = {10, 0, 1, 2, 198, 51, 100, 9, 0, 17, 0x12, 0x34};
  EXPECT_EQ(pseudo_header_sum(0x0a000102, 0xc6336409, 17, 0x1234), plain_sum(bytes));
  const auto from = *Address::parse("10.0.1.2");
  const auto to = *Address::parse("198.51.100.9");
  EXPECT_EQ(pseudo_header_sum(from, to, 17, 0x1234), plain_sum(bytes));
}

TEST(PseudoHeader, OfIpv6IsTheSumOfItsFortyBytes) {
  const auto from = *Address::parse("2001:db8::1:2");
  const auto to = *Address::parse("fe80::ffff");
  Bytes bytes(from.bytes.begin(), from.bytes.end());
  bytes.insert(bytes.end(), to.bytes.begin(), to.bytes.end());
  const Bytes end = {0, 0, 0x05, 0xdc, 0, 0, 0, 58};
  bytes.insert(bytes.end(), end.begin(), end.end());
  EXPECT_EQ(pseudo_header_sum(from, to, 58, 1500), plain_sum(bytes));
}

TEST(Replace2, IsTheKernelsOn16Bits) {
  const auto add16 = [](std::uint16_t a, std::uint16_t b) {
    const auto sum = static_cast<std::uint16_t>(a + b);
    return static_cast<std::uint16_t>(sum + (sum < b ? 1 : 0));
  };
  const auto complement = [](std::uint16_t v) { return static_cast<std::uint16_t>(~v); };
  for (const auto check : corner_values) {
    for (const auto from : corner_values) {
      for (std::uint32_t to = 0; to <= 0xffff; ++to) {
        const auto word = static_cast<std::uint16_t>(to);
        const auto kernel = complement(add16(add16(complement(check), complement(from)), word));
        ASSERT_EQ(csum_replace2(check, from, word), kernel) << check << ' ' << from << ' ' << to;
      }
    }
  }
}

TEST(Replace2, GivesAllOnesInOneCaseOnly) {
  EXPECT_EQ(csum_replace2(0xffff, 0xffff, 0x0000), 0xffff);
  EXPECT_EQ(csum_replace2(0x0000, 0x1234, 0x1234), 0x0000);
  EXPECT_EQ(csum_replace2(0xffff, 0x1234, 0x1234), 0x0000);
}

TEST(Replace4, IsTheKernelsOn32Bits) {
  Lcg random(4);
  for (int i = 0; i < 200000; ++i) {
    const bool corner = i % 2 == 0;
    const auto pick = [&] { return corner_values[random.next() % corner_values.size()]; };
    const auto wide = [&] { return corner ? std::uint32_t{pick()} << 16 | pick() : random.next(); };
    const auto check = corner ? pick() : static_cast<std::uint16_t>(random.next());
    const std::uint32_t from = wide();
    const std::uint32_t to = wide();
    const auto kernel = wsum_fold(wsum_add(wsum_add(~std::uint32_t{check}, ~from), to));
    ASSERT_EQ(csum_replace4(check, from, to), kernel) << check << ' ' << from << ' ' << to;
  }
}

TEST(Replace4, NeverGivesAllOnes) {
  for (std::uint32_t check = 0; check <= 0xffff; ++check) {
    const auto word = static_cast<std::uint16_t>(check);
    ASSERT_NE(csum_replace4(word, 0xffffffff, 0), 0xffff);
    ASSERT_NE(csum_replace4(word, 0x0a000102, 0x0a000102), 0xffff);
    ASSERT_NE(inet_proto_csum_replace2(word, 0xffff, 0), 0xffff);
  }
  EXPECT_EQ(csum_replace4(0xffff, 7, 7), 0x0000);
  EXPECT_EQ(csum_replace4(0x0000, 7, 7), 0x0000);
}

TEST(Replace4, AgreesWithSummingAfresh) {
  Lcg random(5);
  for (int i = 0; i < 5000; ++i) {
    Bytes bytes(24);
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(random.next());
    const std::uint16_t before = internet_checksum(bytes);
    const std::uint32_t from = load_be32(&bytes[8]);
    const std::uint32_t to = random.next();
    store_be32(&bytes[8], to);
    ASSERT_EQ(csum_replace4(before, from, to), internet_checksum(bytes));
  }
}

TEST(Replace2ForProtocols, IsReplace4OfAWidenedWord) {
  for (const auto check : corner_values) {
    for (const auto from : corner_values) {
      for (const auto to : corner_values) {
        const auto kernel = wsum_fold(
            wsum_add(wsum_add(~std::uint32_t{check}, ~std::uint32_t{from}), std::uint32_t{to}));
        ASSERT_EQ(inet_proto_csum_replace2(check, from, to), kernel);
      }
    }
  }
}

TEST(Replace16, AgreesWithSummingAfreshAndNeverGivesAllOnes) {
  Lcg random(6);
  for (int i = 0; i < 5000; ++i) {
    Bytes bytes(40);
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(random.next());
    const std::uint16_t before = internet_checksum(bytes);
    std::array<std::uint8_t, 16> from{};
    std::array<std::uint8_t, 16> to{};
    std::copy_n(bytes.begin() + 8, 16, from.begin());
    for (auto& byte : to)
      byte = static_cast<std::uint8_t>(random.next());
    std::ranges::copy(to, bytes.begin() + 8);
    ASSERT_EQ(csum_replace16(before, from, to), internet_checksum(bytes));
    ASSERT_NE(csum_replace16(before, from, from), 0xffff);
  }
  EXPECT_EQ(csum_replace16(0xffff, {}, {}), 0x0000);
}

TEST(DecreaseTtl, IsTheKernelsForEveryChecksum) {
  for (std::uint32_t check = 0; check <= 0xffff; ++check) {
    // The kernel adds the network-order word 0x0100 to the checksum as it lies in memory; on a
    // little-endian machine both are swapped, which must make no difference.
    const auto swap = [](std::uint32_t v) { return (v >> 8 | v << 8) & 0xffff; };
    const std::uint32_t sum = swap(check) + 0x0001;
    const auto kernel = swap((sum + (sum >= 0xffff ? 1 : 0)) & 0xffff);
    ASSERT_EQ(csum_decrease_ttl(static_cast<std::uint16_t>(check)), kernel) << check;
  }
}

TEST(DecreaseTtl, KeepsAHeaderValid) {
  for (unsigned ttl = 1; ttl <= 255; ++ttl) {
    Bytes header = {0x45, 0, 0, 20, 0x12, 0x34, 0, 0, static_cast<std::uint8_t>(ttl), 17, 0, 0,
                    10,   0, 1, 2,  8,    8,    8, 8};
    store_be16(&header[10], internet_checksum(header));
    store_be16(&header[10], csum_decrease_ttl(load_be16(&header[10])));
    --header[8];
    ASSERT_TRUE(checksum_valid(header)) << ttl;
  }
}

}  // namespace
}  // namespace natstep::wire
