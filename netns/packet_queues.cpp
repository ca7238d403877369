// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/packet_queues.h"

#include "netns/error.h"

#include <array>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>

namespace natstep::netns {
namespace {

constexpr std::uint32_t whole_packet = 0xffff;

std::uint16_t queue_of(nlmsghdr& header) {
  return ntohs(static_cast<nfgenmsg*>(::nlmsg_data(&header))->res_id);
}

void configure(NetlinkSocket& socket, Message message, const char* what) {
  if (const int error = socket.transact(message)) throw_failed(what, error);
}

}  // namespace

void PacketQueues::listen(std::span<const std::uint16_t> queues) {
  for (const auto queue : queues) {
    if (!waiting_.contains(queue)) bind(queue);
  }
}

void PacketQueues::bind(std::uint16_t queue) {
  collect();
  Message command = nfnetlink_message(NFNL_SUBSYS_QUEUE, NFQNL_MSG_CONFIG, 0, AF_UNSPEC, queue);
  const nfqnl_msg_config_cmd bind{.command = NFQNL_CFG_CMD_BIND, ._pad = 0, .pf = htons(AF_UNSPEC)};
  ::nla_put(command.get(), NFQA_CFG_CMD, sizeof bind, &bind);
  configure(socket_, std::move(command), "binding a packet queue");
  Message mode = nfnetlink_message(NFNL_SUBSYS_QUEUE, NFQNL_MSG_CONFIG, 0, AF_UNSPEC, queue);
  const nfqnl_msg_config_params params{.copy_range = htonl(whole_packet),
                                       .copy_mode = NFQNL_COPY_PACKET};
  ::nla_put(mode.get(), NFQA_CFG_PARAMS, sizeof params, &params);
  configure(socket_, std::move(mode), "configuring a packet queue");
  waiting_[queue];
}

void PacketQueues::collect() {
  socket_.receive_all([this](nlmsghdr& header) {
    if (header.nlmsg_type != ((NFNL_SUBSYS_QUEUE << 8) | NFQNL_MSG_PACKET)) return;
    std::array<nlattr*, NFQA_MAX + 1> attributes{};
    if (::nlmsg_parse(&header, sizeof(nfgenmsg), attributes.data(), NFQA_MAX, nullptr) < 0) return;
    if (attributes[NFQA_PACKET_HDR] == nullptr) return;
    const auto* packet =
        static_cast<const nfqnl_msg_packet_hdr*>(::nla_data(attributes[NFQA_PACKET_HDR]));
    waiting_[queue_of(header)].push_back(ntohl(packet->packet_id));
  });
}

void PacketQueues::drop_all() {
  collect();
  for (const auto& [queue, waiting] : waiting_) {
    while (!waiting.empty())
      release({.verdict = QueueVerdict::Verdict::drop, .queue = queue});
  }
}

void PacketQueues::release(const QueueVerdict& verdict) {
  collect();
  auto& waiting = waiting_[verdict.queue];
  if (waiting.empty()) return;
  Message message =
      nfnetlink_message(NFNL_SUBSYS_QUEUE, NFQNL_MSG_VERDICT, 0, AF_UNSPEC, verdict.queue);
  const bool accept = verdict.verdict == QueueVerdict::Verdict::accept;
  const nfqnl_msg_verdict_hdr said{
      .verdict = htonl(accept ? std::uint32_t{NF_ACCEPT} : std::uint32_t{NF_DROP}),
      .id = htonl(waiting.front())};
  waiting.pop_front();
  ::nla_put(message.get(), NFQA_VERDICT_HDR, sizeof said, &said);
  if (verdict.packet) {
    ::nla_put(message.get(), NFQA_PAYLOAD, static_cast<int>(verdict.packet->size()),
              verdict.packet->data());
  }
  // No acknowledgement is asked for: a packet that goes on may come into a queue again, and its
  // message must not be taken for the answer.
  ::nl_socket_disable_auto_ack(socket_.get());
  const int sent = ::nl_send_auto(socket_.get(), message.get());
  ::nl_socket_enable_auto_ack(socket_.get());
  if (sent < 0) throw_failed(std::string("verdict on a packet: ") + ::nl_geterror(sent));
}

}  // namespace natstep::netns
