// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/capture.h"

#include "netns/dut.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <unistd.h>

namespace natstep::netns {
namespace {

TEST(Capture, is_read_back_by_libpcap) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("natstep_capture_" + std::to_string(::getpid()) + ".pcap");
  const wire::Bytes first(28, 0x45);
  const wire::Bytes second(1500, 0x46);
  const CapturedPacket packets[] = {{.microseconds = 1, .bytes = first},
                                    {.microseconds = 2'000'003, .bytes = second}};
  write_capture(path, packets);

  char error[PCAP_ERRBUF_SIZE] = {};
  pcap_t* file = ::pcap_open_offline(path.c_str(), error);
  ASSERT_NE(file, nullptr) << error;
  EXPECT_EQ(::pcap_datalink(file), DLT_RAW);
  for (const CapturedPacket& packet : packets) {
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    ASSERT_EQ(::pcap_next_ex(file, &header, &bytes), 1);
    EXPECT_EQ(static_cast<std::uint64_t>(header->ts.tv_sec) * 1'000'000 +
                  static_cast<std::uint64_t>(header->ts.tv_usec),
              packet.microseconds);
    EXPECT_EQ(header->len, packet.bytes.size());
    EXPECT_EQ(wire::Bytes(bytes, bytes + header->caplen),
              wire::Bytes(packet.bytes.begin(), packet.bytes.end()));
  }
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  EXPECT_EQ(::pcap_next_ex(file, &header, &bytes), PCAP_ERROR_BREAK);
  ::pcap_close(file);
  std::filesystem::remove(path);
}

TEST(Capture, says_where_it_cannot_write) {
  EXPECT_THROW(write_capture("/nonexistent/directory/lan.pcap", {}), EnvironmentError);
}

}  // namespace
}  // namespace natstep::netns
