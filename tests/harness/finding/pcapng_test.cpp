// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/pcapng.h"

#include <array>
#include <cstdio>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <pcap/pcap.h>

namespace natstep::harness::testing {
namespace {

/// What libpcap reads of a file: the packets, whatever the interface.
std::vector<wire::Bytes> read_back(std::string file) {
  std::FILE* memory = ::fmemopen(file.data(), file.size(), "rb");
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_t* handle = ::pcap_fopen_offline(memory, error.data());
  EXPECT_NE(handle, nullptr) << error.data();
  if (handle == nullptr) return {};
  EXPECT_EQ(::pcap_datalink(handle), DLT_EN10MB);
  constexpr std::size_t ethernet = 14;
  std::vector<wire::Bytes> packets;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  while (::pcap_next_ex(handle, &header, &data) == 1)
    packets.emplace_back(data + ethernet, data + header->caplen);
  EXPECT_STREQ(::pcap_geterr(handle), "");
  ::pcap_close(handle);
  return packets;
}

TEST(Pcapng, LibpcapReadsWhatIsWritten) {
  const wire::Bytes first{0x45, 1, 2}, second{0x60, 4, 5, 6, 7};
  const auto file = pcapng(
      {"lan", "wan"}, {{.interface = 0, .microseconds = 1, .bytes = first, .comment = "step 1: in"},
                       {.interface = 1, .microseconds = 2, .bytes = second, .comment = {}}});
  const auto packets = read_back(file);
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0], first);
  EXPECT_EQ(packets[1], second);
  EXPECT_EQ(file.size() % 4, 0u);
  EXPECT_NE(file.find("step 1: in"), std::string::npos);
  EXPECT_NE(file.find("wan"), std::string::npos);
}

TEST(Pcapng, AConversationWithoutPacketsIsAFileAllTheSame) {
  EXPECT_TRUE(read_back(pcapng({"lan"}, {})).empty());
}

}  // namespace
}  // namespace natstep::harness::testing
