// SPDX-License-Identifier: GPL-2.0-or-later
// A netlink socket (libnl's) in the namespace in which it was opened, and messages for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

namespace natstep::netns {

struct MessageDeleter {
  void operator()(nl_msg* message) const { ::nlmsg_free(message); }
};
using Message = std::unique_ptr<nl_msg, MessageDeleter>;

/// An nfnetlink request with its nfgenmsg header; `family` is NFPROTO_*, `resource` the host-order
/// res_id. Throws on no memory.
Message nfnetlink_message(int subsystem, int type, int flags, std::uint8_t family,
                          std::uint16_t resource = 0);

/// NFNL_MSG_TYPE of a received message.
inline int nfnetlink_type(const nlmsghdr& header) {
  return header.nlmsg_type & 0xff;
}

/// What an NLMSG_ERROR says; 0 when it says that all went well.
int error_of(const nlmsghdr& answer);

class NetlinkSocket {
 public:
  using Visitor = std::function<void(nlmsghdr&)>;

  /// NETLINK_ROUTE or NETLINK_NETFILTER. Throws EnvironmentError.
  explicit NetlinkSocket(int protocol);

  [[nodiscard]] nl_sock* get() const { return socket_.get(); }

  /// Sends one request and gives every answer to `visit`. Returns 0 or the errno that the kernel
  /// answered with.
  int transact(Message& message, const Visitor& visit = {});

  /// Several requests in one message to the kernel.
  void send(std::span<const std::uint8_t> batch) const;

  /// Multicast groups: enum nfnetlink_groups.
  void join(int group);
  void leave(int group);

  /// Room for `bytes` of unread messages, as far as the limits allow.
  void reserve(int bytes);

  /// Gives what has arrived unasked to `visit`, until nothing is left; never waits. Throws
  /// EnvironmentError when messages were lost.
  template <typename F>
  void receive_all(F&& visit) {
    for (int size = receive_now(); size > 0; size = receive_now()) {
      for_each_message(size, visit);
    }
  }

  /// Takes short answers, less than a page each, until `done` says that it has seen enough: most
  /// lie there, and come with one system call. Throws EnvironmentError when nothing comes for
  /// longer than a working machine takes.
  template <typename F>
  void receive_until(F&& done) {
    bool enough = false;
    while (!enough) {
      const std::span<const std::size_t> sizes = receive_short();
      for (std::size_t i = 0; i < sizes.size(); ++i)
        for_each_in(buffer_.get() + i * short_message, static_cast<int>(sizes[i]),
                    [&enough, &done](nlmsghdr& header) { enough = done(header) || enough; });
      if (sizes.empty()) wait_for_message();
    }
  }

 private:
  struct Deleter {
    void operator()(nl_sock* socket) const { ::nl_socket_free(socket); }
  };

  static constexpr std::size_t short_message = 4096;
  static constexpr std::size_t most_short_messages = 16;

  void wait_for_message();
  std::span<const std::size_t> receive_short();  // how long each is; none when nothing waits
  int receive_now();                             // bytes in buffer_; 0 when nothing waits
  int receive_wait();                            // likewise, but waits

  template <typename F>
  void for_each_message(int size, F&& visit) {
    for_each_in(buffer_.get(), size, visit);
  }

  template <typename F>
  static void for_each_in(std::uint8_t* bytes, int size, F&& visit) {
    auto* header = reinterpret_cast<nlmsghdr*>(bytes);
    for (; ::nlmsg_ok(header, size) != 0; header = ::nlmsg_next(header, &size))
      visit(*header);
  }

  std::unique_ptr<nl_sock, Deleter> socket_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::array<std::size_t, most_short_messages> short_sizes_{};
};

}  // namespace natstep::netns
