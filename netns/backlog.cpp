// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/backlog.h"

#include "netns/error.h"
#include "netns/namespace.h"
#include "netns/topology.h"

#include <cerrno>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace natstep::netns {
namespace {

/// A packet, the box's answer to it, and an answer to that are three passes through the backlog.
constexpr int passes = 4;
/// Only a machine that has stopped working takes so long.
constexpr int patience_ms = 10'000;

UniqueFd open_socket_to_itself() {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (!socket || ::bind(socket.get(), generic, length) != 0 ||
      ::getsockname(socket.get(), generic, &length) != 0 ||
      ::connect(socket.get(), generic, length) != 0) {
    throw_failed("socket for markers", errno);
  }
  return socket;
}

}  // namespace

StayOnCpu::StayOnCpu() {
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &here);
  if (::sched_getaffinity(0, sizeof before_, &before_) != 0 ||
      ::sched_setaffinity(0, sizeof here, &here) != 0) {
    throw_failed("staying on one CPU", errno);
  }
}

StayOnCpu::~StayOnCpu() {
  ::sched_setaffinity(0, sizeof before_, &before_);
}

Backlog::Backlog() {
  Namespace::create();
  build_topology({});  // the loopback alone
  socket_ = open_socket_to_itself();
}

void Backlog::wait() {
  for (int pass = 0; pass < passes; ++pass) {
    char marker = 0;
    pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (::send(socket_.get(), &marker, sizeof marker, 0) != sizeof marker ||
        ::poll(&readable, 1, patience_ms) != 1 ||
        ::recv(socket_.get(), &marker, sizeof marker, MSG_DONTWAIT) != sizeof marker) {
      throw_failed("a marker did not come back through the loopback");
    }
  }
}

}  // namespace natstep::netns
