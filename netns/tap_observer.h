// SPDX-License-Identifier: GPL-2.0-or-later
// Packets between the hooks: base chains of natstep's own table log every packet to an NFLOG group,
// and the kernel delivers each record before the packet goes on (nfulnl_log_packet with a queue
// threshold of one).
#pragma once

#include "netns/kernel_dut.h"
#include "netns/netlink.h"
#include "netns/tun.h"

#include <cstdint>
#include <string_view>

namespace natstep::netns {

inline constexpr std::string_view tap_table = "natstep_taps";
inline constexpr std::uint16_t tap_log_group = 9253;  // any number: groups belong to the namespace

/// Whose packets the taps see: a table of both families costs a hook of each.
enum class TapFamily : std::uint8_t { ip, inet };
TapFamily tap_family(const TopologySpec& topology);

class TapObserver {
 public:
  /// Belongs to the current namespace, and binds the log group there.
  TapObserver();

  /// Hands out each record that has arrived; `bytes` of it views a buffer that lives until the
  /// next.
  struct Record {
    std::size_t place = 0;  // index into the places of NfTables::add_taps
    int in_ifindex = 0;     // 0: none
    int out_ifindex = 0;
    wire::ByteView bytes;
  };
  template <typename F>
  void drain(F&& take) {
    socket_.receive_all([&](nlmsghdr& header) {
      Record record;
      if (parse(header, record)) take(record);
    });
  }

 private:
  static bool parse(nlmsghdr& header, Record& record);

  NetlinkSocket socket_;
};

}  // namespace natstep::netns
