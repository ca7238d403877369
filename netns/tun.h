// SPDX-License-Identifier: GPL-2.0-or-later
// A TUN port: what natstep writes into it, the kernel receives; what the kernel sends there,
// natstep reads. Without IFF_NAPI the kernel processes a written packet before write() returns
// (drivers/net/tun.c, tun_get_user), so one sweep of the ports afterwards sees all that came of it.
#pragma once

#include "netns/unique_fd.h"

#include <cstdint>
#include <string>

namespace natstep::netns {

/// Whether a frame in a descriptor is preceded by a header that says what is left to the device
/// (IFF_VNET_HDR).
enum class TunFrames : std::uint8_t { bare, with_offload_header };

class TunPort {
 public:
  /// Makes the port in the current namespace, down and without addresses; it lasts as long as the
  /// namespace. Throws EnvironmentError.
  explicit TunPort(const std::string& name, TunFrames frames = TunFrames::bare);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] int ifindex() const { return ifindex_; }
  [[nodiscard]] TunFrames frames() const { return frames_; }

 private:
  UniqueFd fd_;
  int ifindex_ = 0;
  TunFrames frames_;
};

}  // namespace natstep::netns
