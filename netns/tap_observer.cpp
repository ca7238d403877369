// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/tap_observer.h"

#include "netns/error.h"
#include "netns/topology.h"

#include <array>
#include <charconv>

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink_log.h>

namespace natstep::netns {
namespace {

constexpr int record_room = 16 * 1024 * 1024;  // bytes; tens of taps of one 64 KiB packet fit
constexpr std::uint32_t whole_packet = 0xffff;

Message config_message() {
  return nfnetlink_message(NFNL_SUBSYS_ULOG, NFULNL_MSG_CONFIG, 0, AF_UNSPEC, tap_log_group);
}

void configure(NetlinkSocket& socket, Message message, const char* what) {
  if (const int error = socket.transact(message)) throw_failed(what, error);
}

void bind_group(NetlinkSocket& socket) {
  Message message = config_message();
  const nfulnl_msg_config_cmd command{.command = NFULNL_CFG_CMD_BIND};
  ::nla_put(message.get(), NFULA_CFG_CMD, sizeof command, &command);
  configure(socket, std::move(message), "binding the log group of the taps");
}

void ask_for_everything_at_once(NetlinkSocket& socket) {
  Message message = config_message();
  const nfulnl_msg_config_mode mode{
      .copy_range = htonl(whole_packet), .copy_mode = NFULNL_COPY_PACKET, ._pad = 0};
  ::nla_put(message.get(), NFULA_CFG_MODE, sizeof mode, &mode);
  ::nla_put_u32(message.get(), NFULA_CFG_QTHRESH, htonl(1));
  configure(socket, std::move(message), "configuring the log group of the taps");
}

int read_ifindex(nlattr* attribute) {
  return attribute != nullptr ? static_cast<int>(ntohl(::nla_get_u32(attribute))) : 0;
}

/// The log prefix is the place's index in decimal.
bool read_place(nlattr* prefix, std::size_t& place) {
  if (prefix == nullptr) return false;
  const char* text = ::nla_get_string(prefix);
  const char* end = text + ::nla_len(prefix);
  return std::from_chars(text, end, place).ec == std::errc{};
}

}  // namespace

TapFamily tap_family(const TopologySpec& topology) {
  return speaks_ipv6(topology) ? TapFamily::inet : TapFamily::ip;
}

TapObserver::TapObserver() : socket_(NETLINK_NETFILTER) {
  socket_.reserve(record_room);
  bind_group(socket_);
  ask_for_everything_at_once(socket_);
}

bool TapObserver::parse(nlmsghdr& header, Record& record) {
  if (header.nlmsg_type != ((NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG_PACKET)) return false;
  std::array<nlattr*, NFULA_MAX + 1> attributes{};
  if (::nlmsg_parse(&header, sizeof(nfgenmsg), attributes.data(), NFULA_MAX, nullptr) < 0)
    return false;
  if (!read_place(attributes[NFULA_PREFIX], record.place)) return false;
  record.in_ifindex = read_ifindex(attributes[NFULA_IFINDEX_INDEV]);
  record.out_ifindex = read_ifindex(attributes[NFULA_IFINDEX_OUTDEV]);
  if (nlattr* payload = attributes[NFULA_PAYLOAD]) {
    record.bytes = {static_cast<const std::uint8_t*>(::nla_data(payload)),
                    static_cast<std::size_t>(::nla_len(payload))};
  }
  return true;
}

}  // namespace natstep::netns
