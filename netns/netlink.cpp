// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/netlink.h"

#include "netns/error.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <sys/socket.h>

namespace natstep::netns {
namespace {

/// Holds any datagram that the kernel makes: dumps are cut into at most 32 KiB, one logged packet
/// is at most 64 KiB and its attributes.
constexpr std::size_t buffer_size = std::size_t{72} * 1024;

}  // namespace

Message nfnetlink_message(int subsystem, int type, int flags, std::uint8_t family,
                          std::uint16_t resource) {
  Message message(::nlmsg_alloc());
  if (!message) throw_failed("out of memory for a netlink message");
  nlmsghdr* header = ::nlmsg_put(message.get(), NL_AUTO_PORT, NL_AUTO_SEQ, (subsystem << 8) | type,
                                 sizeof(nfgenmsg), flags | NLM_F_REQUEST);
  auto* generic = static_cast<nfgenmsg*>(::nlmsg_data(header));
  generic->nfgen_family = family;
  generic->version = NFNETLINK_V0;
  generic->res_id = htons(resource);
  return message;
}

int error_of(const nlmsghdr& answer) {
  return -static_cast<const nlmsgerr*>(::nlmsg_data(&answer))->error;
}

NetlinkSocket::NetlinkSocket(int protocol)
    : socket_(::nl_socket_alloc()),
      // Pages that no message reaches are never touched.
      buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(buffer_size)) {
  if (!socket_) throw_failed("out of memory for a netlink socket");
  const int error = ::nl_connect(socket_.get(), protocol);
  if (error < 0) throw_failed(std::string("netlink socket: ") + ::nl_geterror(error));
}

void NetlinkSocket::wait_for_message() {
  constexpr int patience_ms = 10'000;
  pollfd readable{.fd = ::nl_socket_get_fd(socket_.get()), .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&readable, 1, patience_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready != 1) throw_failed("a netlink message did not come");
}

int NetlinkSocket::receive_now() {
  for (;;) {
    const ssize_t size =
        ::recv(::nl_socket_get_fd(socket_.get()), buffer_.get(), buffer_size, MSG_DONTWAIT);
    if (size >= 0) return static_cast<int>(size);
    if (errno == EAGAIN) return 0;
    if (errno == ENOBUFS)
      throw_failed("the kernel lost netlink messages: the receive buffer overran");
    if (errno != EINTR) throw_failed("netlink recv", errno);
  }
}

int NetlinkSocket::receive_wait() {
  for (;;) {
    const ssize_t size = ::recv(::nl_socket_get_fd(socket_.get()), buffer_.get(), buffer_size, 0);
    if (size >= 0) return static_cast<int>(size);
    if (errno != EINTR) throw_failed("netlink recv", errno);
  }
}

int NetlinkSocket::transact(Message& message, const Visitor& visit) {
  const int sent = ::nl_send_auto(socket_.get(), message.get());
  if (sent < 0) throw_failed(std::string("netlink send: ") + ::nl_geterror(sent));
  const std::uint32_t sequence = ::nlmsg_hdr(message.get())->nlmsg_seq;
  std::optional<int> result;
  while (!result) {
    for_each_message(receive_wait(), [&](nlmsghdr& header) {
      if (header.nlmsg_seq != sequence) return;
      if (header.nlmsg_type == NLMSG_DONE) {
        result = 0;
      } else if (header.nlmsg_type == NLMSG_ERROR) {
        result = error_of(header);
      } else if (visit) {
        visit(header);
      }
    });
  }
  return *result;
}

std::span<const std::size_t> NetlinkSocket::receive_short() {
  std::array<iovec, most_short_messages> parts{};
  std::array<mmsghdr, most_short_messages> messages{};
  for (std::size_t i = 0; i < messages.size(); ++i) {
    parts[i] = {.iov_base = buffer_.get() + i * short_message, .iov_len = short_message};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int count = 0;
  do {
    count = ::recvmmsg(::nl_socket_get_fd(socket_.get()), messages.data(), messages.size(),
                       MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && errno != EAGAIN) throw_failed("netlink recvmmsg", errno);
  const auto received = static_cast<std::size_t>(std::max(count, 0));
  for (std::size_t i = 0; i < received; ++i) {
    if ((messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0)
      throw_failed("a netlink message is longer than a page");
    short_sizes_[i] = messages[i].msg_len;
  }
  return std::span(short_sizes_).first(received);
}

void NetlinkSocket::send(std::span<const std::uint8_t> batch) const {
  const int fd = ::nl_socket_get_fd(socket_.get());
  if (::send(fd, batch.data(), batch.size(), 0) != static_cast<ssize_t>(batch.size()))
    throw_failed("netlink send", errno);
}

void NetlinkSocket::join(int group) {
  const int error = ::nl_socket_add_membership(socket_.get(), group);
  if (error < 0) throw_failed(std::string("joining a netlink group: ") + ::nl_geterror(error));
}

void NetlinkSocket::leave(int group) {
  const int error = ::nl_socket_drop_membership(socket_.get(), group);
  if (error < 0) throw_failed(std::string("leaving a netlink group: ") + ::nl_geterror(error));
}

void NetlinkSocket::reserve(int bytes) {
  const int fd = ::nl_socket_get_fd(socket_.get());
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0) return;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

}  // namespace natstep::netns
