// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/ct_batch.h"

#include <array>
#include <cstring>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace natstep::netns {
namespace {

constexpr std::size_t aligned(std::size_t size) {
  return (size + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
}

std::uint8_t family_of(const CtTuple& tuple) {
  return tuple.src.family == wire::AddressFamily::ipv6 ? AF_INET6 : AF_INET;
}

}  // namespace

std::size_t CtBatch::begin_message(int type, std::uint8_t family, std::uint32_t number) {
  const std::size_t at = bytes_.size();
  bytes_.resize(at + sizeof(nlmsghdr) + sizeof(nfgenmsg));
  nlmsghdr header{};
  header.nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | type);
  header.nlmsg_flags = NLM_F_REQUEST;
  header.nlmsg_seq = number;
  nfgenmsg generic{};
  generic.nfgen_family = family;
  generic.version = NFNETLINK_V0;
  std::memcpy(&bytes_[at], &header, sizeof header);
  std::memcpy(&bytes_[at + sizeof header], &generic, sizeof generic);
  return at;
}

void CtBatch::end_message(std::size_t at) {
  const auto size = static_cast<std::uint32_t>(bytes_.size() - at);
  std::memcpy(&bytes_[at + offsetof(nlmsghdr, nlmsg_len)], &size, sizeof size);
}

std::size_t CtBatch::begin_nest(int attribute) {
  const std::size_t at = bytes_.size();
  put(attribute | NLA_F_NESTED, {});
  return at;
}

void CtBatch::end_nest(std::size_t at) {
  const auto size = static_cast<std::uint16_t>(bytes_.size() - at);
  std::memcpy(&bytes_[at + offsetof(nlattr, nla_len)], &size, sizeof size);
}

void CtBatch::put(int attribute, std::span<const std::uint8_t> value) {
  const std::size_t at = bytes_.size();
  const nlattr header{.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + value.size()),
                      .nla_type = static_cast<std::uint16_t>(attribute)};
  bytes_.resize(at + sizeof header + aligned(value.size()));
  std::memcpy(&bytes_[at], &header, sizeof header);
  if (!value.empty()) std::memcpy(&bytes_[at + sizeof header], value.data(), value.size());
}

void CtBatch::put_be16(int attribute, std::uint16_t value) {
  std::array<std::uint8_t, 2> bytes{};
  wire::store_be16(bytes.data(), value);
  put(attribute, bytes);
}

void CtBatch::put_address(int ipv4_attribute, int ipv6_attribute, const wire::Address& address) {
  const bool is_ipv6 = address.family == wire::AddressFamily::ipv6;
  put(is_ipv6 ? ipv6_attribute : ipv4_attribute, {address.bytes.data(), address.size()});
}

void CtBatch::put_proto(const CtTuple& tuple) {
  const auto put_icmp = [&](int id, int type, int code) {
    put_be16(id, tuple.src_id);
    put_u8(type, static_cast<std::uint8_t>(tuple.dst_id >> 8));
    put_u8(code, static_cast<std::uint8_t>(tuple.dst_id));
  };
  put_u8(CTA_PROTO_NUM, tuple.protocol);
  if (tuple.protocol == IPPROTO_ICMP)
    return put_icmp(CTA_PROTO_ICMP_ID, CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMP_CODE);
  if (tuple.protocol == IPPROTO_ICMPV6)
    return put_icmp(CTA_PROTO_ICMPV6_ID, CTA_PROTO_ICMPV6_TYPE, CTA_PROTO_ICMPV6_CODE);
  put_be16(CTA_PROTO_SRC_PORT, tuple.src_id);
  put_be16(CTA_PROTO_DST_PORT, tuple.dst_id);
}

void CtBatch::put_tuple(const CtTuple& tuple) {
  const std::size_t whole = begin_nest(CTA_TUPLE_ORIG);
  const std::size_t ip = begin_nest(CTA_TUPLE_IP);
  put_address(CTA_IP_V4_SRC, CTA_IP_V6_SRC, tuple.src);
  put_address(CTA_IP_V4_DST, CTA_IP_V6_DST, tuple.dst);
  end_nest(ip);
  const std::size_t proto = begin_nest(CTA_TUPLE_PROTO);
  put_proto(tuple);
  end_nest(proto);
  if (tuple.zone != 0) put_be16(CTA_TUPLE_ZONE, tuple.zone);
  end_nest(whole);
}

void CtBatch::get_and_delete(const CtTuple& original, std::uint32_t number) {
  const std::uint8_t family = family_of(original);
  const std::size_t get = begin_message(IPCTNL_MSG_CT_GET, family, number);
  put_tuple(original);
  end_message(get);
  // The same but for its header.
  const std::size_t attributes = get + sizeof(nlmsghdr) + sizeof(nfgenmsg);
  const std::size_t size = bytes_.size() - attributes;
  const std::size_t end = begin_message(IPCTNL_MSG_CT_DELETE, family, number + 1);
  const std::size_t into = bytes_.size();
  bytes_.resize(into + size);
  std::memcpy(&bytes_[into], &bytes_[attributes], size);
  end_message(end);
}

void CtBatch::count(std::uint32_t number) {
  end_message(begin_message(IPCTNL_MSG_CT_GET_STATS, AF_UNSPEC, number));
}

}  // namespace natstep::netns
