// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/capture.h"

#include "netns/error.h"

#include <memory>

#include <pcap/pcap.h>

namespace natstep::netns {
namespace {

constexpr int longest_packet = 65535;

struct Close {
  void operator()(pcap_t* handle) const { ::pcap_close(handle); }
  void operator()(pcap_dumper_t* dumper) const { ::pcap_dump_close(dumper); }
};

void write_packet(pcap_dumper_t* dumper, const CapturedPacket& packet) {
  constexpr std::uint64_t million = 1'000'000;
  pcap_pkthdr header{};
  header.ts.tv_sec = static_cast<time_t>(packet.microseconds / million);
  header.ts.tv_usec = static_cast<suseconds_t>(packet.microseconds % million);
  header.caplen = header.len = static_cast<bpf_u_int32>(packet.bytes.size());
  ::pcap_dump(reinterpret_cast<u_char*>(dumper), &header, packet.bytes.data());
}

}  // namespace

void write_capture(const std::filesystem::path& path, std::span<const CapturedPacket> packets) {
  const std::unique_ptr<pcap_t, Close> handle(::pcap_open_dead(DLT_RAW, longest_packet));
  if (!handle) throw_failed("libpcap gives no handle");
  const std::unique_ptr<pcap_dumper_t, Close> dumper(::pcap_dump_open(handle.get(), path.c_str()));
  if (!dumper) throw_failed(::pcap_geterr(handle.get()));
  for (const CapturedPacket& packet : packets)
    write_packet(dumper.get(), packet);
  if (::pcap_dump_flush(dumper.get()) != 0) throw_failed("writing " + path.string(), errno);
}

}  // namespace natstep::netns
