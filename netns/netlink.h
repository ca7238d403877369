// SPDX-License-Identifier: GPL-2.0-or-later
// A netlink socket (libnl's) in the namespace in which it was opened, and messages for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

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

class NetlinkSocket {
 public:
  using Visitor = std::function<void(nlmsghdr&)>;

  /// NETLINK_ROUTE or NETLINK_NETFILTER. Throws EnvironmentError.
  explicit NetlinkSocket(int protocol);

  [[nodiscard]] nl_sock* get() const { return socket_.get(); }

  /// Sends one request and gives every answer to `visit`. Returns 0 or the errno that the kernel
  /// answered with.
  int transact(Message& message, const Visitor& visit = {});

  /// Several requests in one message to the kernel: each is added with a number that its answers
  /// will bear, and none is acknowledged.
  void append(std::vector<std::uint8_t>& batch, const Message& message, std::uint32_t number) const;
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

  /// Waits for messages that come unasked until `done` says that it has seen enough. Throws
  /// EnvironmentError when nothing comes for longer than a working machine takes.
  template <typename F>
  void receive_until(F&& done) {
    bool enough = false;
    while (!enough) {
      wait_for_message();
      receive_all([&enough, &done](nlmsghdr& header) {
        if (done(header)) enough = true;
      });
    }
  }

 private:
  struct Deleter {
    void operator()(nl_sock* socket) const { ::nl_socket_free(socket); }
  };

  void wait_for_message();
  int receive_now();   // bytes in buffer_; 0 when nothing waits
  int receive_wait();  // likewise, but waits

  template <typename F>
  void for_each_message(int size, F&& visit) {
    auto* header = reinterpret_cast<nlmsghdr*>(buffer_.data());
    for (; ::nlmsg_ok(header, size) != 0; header = ::nlmsg_next(header, &size))
      visit(*header);
  }

  std::unique_ptr<nl_sock, Deleter> socket_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace natstep::netns
