// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/ct_batch.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace natstep::netns {
namespace {

std::uint8_t family_of(const CtTuple& tuple) {
  return tuple.src.family == wire::AddressFamily::ipv6 ? AF_INET6 : AF_INET;
}

}  // namespace

std::size_t CtBatch::begin_message(int type, std::uint8_t family, std::uint32_t number) {
  return batch_.begin_message(
      {.subsystem = NFNL_SUBSYS_CTNETLINK, .type = type, .family = family, .number = number});
}

void CtBatch::put_address(int ipv4_attribute, int ipv6_attribute, const wire::Address& address) {
  const bool is_ipv6 = address.family == wire::AddressFamily::ipv6;
  batch_.put(is_ipv6 ? ipv6_attribute : ipv4_attribute, {address.bytes.data(), address.size()});
}

void CtBatch::put_proto(const CtTuple& tuple) {
  const auto put_icmp = [&](int id, int type, int code) {
    batch_.put_be16(id, tuple.src_id);
    batch_.put_u8(type, static_cast<std::uint8_t>(tuple.dst_id >> 8));
    batch_.put_u8(code, static_cast<std::uint8_t>(tuple.dst_id));
  };
  batch_.put_u8(CTA_PROTO_NUM, tuple.protocol);
  if (tuple.protocol == IPPROTO_ICMP)
    return put_icmp(CTA_PROTO_ICMP_ID, CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMP_CODE);
  if (tuple.protocol == IPPROTO_ICMPV6)
    return put_icmp(CTA_PROTO_ICMPV6_ID, CTA_PROTO_ICMPV6_TYPE, CTA_PROTO_ICMPV6_CODE);
  batch_.put_be16(CTA_PROTO_SRC_PORT, tuple.src_id);
  batch_.put_be16(CTA_PROTO_DST_PORT, tuple.dst_id);
}

void CtBatch::put_tuple(const CtTuple& tuple) {
  const std::size_t whole = batch_.begin_nest(CTA_TUPLE_ORIG);
  const std::size_t ip = batch_.begin_nest(CTA_TUPLE_IP);
  put_address(CTA_IP_V4_SRC, CTA_IP_V6_SRC, tuple.src);
  put_address(CTA_IP_V4_DST, CTA_IP_V6_DST, tuple.dst);
  batch_.end_nest(ip);
  const std::size_t proto = batch_.begin_nest(CTA_TUPLE_PROTO);
  put_proto(tuple);
  batch_.end_nest(proto);
  if (tuple.zone != 0) batch_.put_be16(CTA_TUPLE_ZONE, tuple.zone);
  batch_.end_nest(whole);
}

void CtBatch::get(const CtTuple& original, std::uint32_t number) {
  const std::size_t message = begin_message(IPCTNL_MSG_CT_GET, family_of(original), number);
  put_tuple(original);
  batch_.end_message(message);
}

void CtBatch::remove(const CtTuple& original, std::uint32_t number) {
  const std::size_t message = begin_message(IPCTNL_MSG_CT_DELETE, family_of(original), number);
  put_tuple(original);
  batch_.end_message(message);
}

void CtBatch::count(std::uint32_t number) {
  batch_.end_message(begin_message(IPCTNL_MSG_CT_GET_STATS, AF_UNSPEC, number));
}

}  // namespace natstep::netns
