// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/ports.h"

#include "netns/error.h"

#include <cerrno>

#include <unistd.h>

namespace natstep::netns {

std::optional<std::string> Ports::inject(PortId port, wire::ByteView packet) {
  const ssize_t written = ::write(fd(port), packet.data(), packet.size());
  if (written >= 0) [[likely]]
    return std::nullopt;
  return errno_text(errno);
}

bool Ports::read_one(PortId port, Observation& out) {
  const ssize_t size = ::read(ports_[port].fd(), buffer_.data(), buffer_.size());
  if (size >= 0) {
    out.add_frame(port, {buffer_.data(), static_cast<std::size_t>(size)});
    return true;
  }
  if (errno != EAGAIN) throw_failed("reading a TUN port", errno);
  return false;
}

void Ports::sweep_every_port(Observation& out) {
  stimuli_since_sweep_ = 0;
  for (PortId port = 0; port < ports_.size(); ++port) {
    while (read_one(port, out)) {
    }
  }
}

void Ports::sweep(const ObserveOptions& options, Observation& out) {
  const bool one_is_enough =
      options.sweep == Sweep::expected_port && options.expected < ports_.size() &&
      ++stimuli_since_sweep_ < sweep_interval && read_one(options.expected, out);
  if (!one_is_enough) sweep_every_port(out);
}

void Ports::drain() {
  Observation ignored;
  sweep_every_port(ignored);
}

PortId Ports::port_of(int ifindex) const {
  for (PortId port = 0; port < ports_.size(); ++port) {
    if (ports_[port].ifindex() == ifindex) return port;
  }
  return no_port;
}

std::vector<UniqueFd> Ports::release() {
  std::vector<UniqueFd> descriptors;
  for (TunPort& port : ports_)
    descriptors.push_back(port.release());
  ports_.clear();
  return descriptors;
}

}  // namespace natstep::netns
