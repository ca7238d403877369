// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/ports.h"

#include "netns/batched_io.h"
#include "netns/error.h"

#include <array>
#include <cerrno>

#include <sys/uio.h>
#include <unistd.h>

namespace natstep::netns {

namespace {

/// struct virtio_net_hdr of linux/virtio_net.h, which is not C++: what is left to the device.
struct OffloadHeader {
  static constexpr std::uint8_t needs_csum = 1;

  std::uint8_t flags = 0;
  std::uint8_t gso_type = 0;
  std::uint16_t hdr_len = 0;
  std::uint16_t gso_size = 0;
  std::uint16_t csum_start = 0;
  std::uint16_t csum_offset = 0;
};
static_assert(sizeof(OffloadHeader) == 10);

OffloadHeader offload_header(const Stimulus& stimulus) {
  OffloadHeader header;
  if (!stimulus.partial) return header;
  header.flags = OffloadHeader::needs_csum;
  header.csum_start = stimulus.partial->start;
  header.csum_offset = stimulus.partial->offset;
  if (!stimulus.segments) return header;
  header.gso_type = static_cast<std::uint8_t>(stimulus.segments->kind);
  header.hdr_len = stimulus.segments->headers;
  header.gso_size = stimulus.segments->payload;
  return header;
}

ssize_t write_with_header(int fd, const Stimulus& stimulus) {
  OffloadHeader header = offload_header(stimulus);
  auto* bytes = const_cast<std::uint8_t*>(stimulus.packet.data());  // writev only reads
  const std::array<iovec, 2> parts{{{.iov_base = &header, .iov_len = sizeof header},
                                    {.iov_base = bytes, .iov_len = stimulus.packet.size()}}};
  return ::writev(fd, parts.data(), static_cast<int>(parts.size()));
}

}  // namespace

std::size_t Ports::header_size(PortId port) const {
  return ports_[port].frames() == TunFrames::bare ? 0 : sizeof(OffloadHeader);
}

std::optional<std::string> Ports::inject(const Stimulus& stimulus) {
  const int fd = this->fd(stimulus.port);
  const ssize_t written = header_size(stimulus.port) == 0
                              ? ::write(fd, stimulus.packet.data(), stimulus.packet.size())
                              : write_with_header(fd, stimulus);
  if (written >= 0) [[likely]]
    return std::nullopt;
  return errno_text(errno);
}

bool Ports::read_one(PortId port, Observation& out) {
  const ssize_t size = ::read(ports_[port].fd(), buffer_.get(), room_for_frame);
  if (size >= 0) {
    const std::size_t header = header_size(port);
    out.add_frame(port, {buffer_.get() + header, static_cast<std::size_t>(size) - header});
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

std::span<const int> Ports::plain_descriptors() {
  if (!descriptors_.empty() || ports_.size() > BatchedIo::most_ports) return descriptors_;
  for (const TunPort& port : ports_)
    if (port.frames() != TunFrames::bare) return {};
  for (const TunPort& port : ports_)
    descriptors_.push_back(port.fd());
  return descriptors_;
}

bool Ports::exchange(const Stimulus& stimulus, const ObserveOptions& options, Observation& out,
                     std::optional<std::string>& refused) {
  BatchedIo* io = options.sweep == Sweep::every_port ? BatchedIo::of_thread() : nullptr;
  const auto from = io != nullptr ? plain_descriptors() : std::span<const int>();
  if (from.empty()) return false;
  const auto results = io->exchange(fd(stimulus.port), stimulus.packet, from);
  if (results.empty()) throw_failed("io_submit", EIO);
  if (results[0].size < 0) refused = errno_text(static_cast<int>(-results[0].size));
  constexpr std::size_t each = BatchedIo::reads_of_each;
  for (PortId port = 0; port < ports_.size(); ++port) {
    const auto frames = results.subspan(1 + port * each, each);
    for (const BatchedIo::Result& frame : frames) {
      if (frame.size < 0 && frame.size != -EAGAIN)
        throw_failed("reading a TUN port", static_cast<int>(-frame.size));
      if (frame.size >= 0) out.add_frame(port, frame.bytes);
    }
    while (frames.back().size >= 0 && read_one(port, out)) {
    }
  }
  return true;
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

}  // namespace natstep::netns
