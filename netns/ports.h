// SPDX-License-Identifier: GPL-2.0-or-later
// All ports of one box: packets in, frames out.
#pragma once

#include "netns/observation.h"
#include "netns/tun.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace natstep::netns {

class Ports {
 public:
  explicit Ports(std::vector<TunPort> ports) : ports_(std::move(ports)) {}

  /// Writes the packet into a port. Returns why the kernel did not take it, if it did not ("EINVAL:
  /// Invalid argument").
  std::optional<std::string> inject(const Stimulus& stimulus);

  /// Both with one system call, where that is worth it; else nothing is done, and the answer is
  /// false. `refused` is inject()'s answer.
  bool exchange(const Stimulus& stimulus, const ObserveOptions& options, Observation& out,
                std::optional<std::string>& refused);
  /// Reads the frames that lie in the ports, as `options` say.
  void sweep(const ObserveOptions& options, Observation& out);
  /// Throws away what lies in the ports.
  void drain();

  [[nodiscard]] int fd(PortId port) const { return ports_.at(port).fd(); }
  [[nodiscard]] int ifindex(PortId port) const { return ports_.at(port).ifindex(); }
  /// no_port when no port has the index: none, or the loopback's.
  [[nodiscard]] PortId port_of(int ifindex) const;

 private:
  bool read_one(PortId port, Observation& out);
  void sweep_every_port(Observation& out);

  [[nodiscard]] std::size_t header_size(PortId port) const;
  /// Every port's descriptor; none when some port's frames have a header.
  std::span<const int> plain_descriptors();

  std::vector<TunPort> ports_;
  std::vector<int> descriptors_;  // see plain_descriptors()
  std::uint32_t stimuli_since_sweep_ = 0;
  // A TUN frame is at most 65535 bytes, without the header for offloads.
  static constexpr std::size_t room_for_frame = 65536 + 16;
  std::unique_ptr<std::uint8_t[]> buffer_ =
      std::make_unique_for_overwrite<std::uint8_t[]>(room_for_frame);
};

}  // namespace natstep::netns
