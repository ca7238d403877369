// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/netlink_batch.h"

#include <array>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

namespace natstep::netns {
namespace {

constexpr std::size_t aligned(std::size_t size) {
  return (size + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
}

}  // namespace

std::size_t NetlinkBatch::begin_message(const Request& request) {
  const std::size_t at = bytes_.size();
  bytes_.resize(at + sizeof(nlmsghdr) + sizeof(nfgenmsg));
  nlmsghdr header{};
  header.nlmsg_type = static_cast<std::uint16_t>(request.subsystem << 8 | request.type);
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | request.flags);
  header.nlmsg_seq = request.number;
  const nfgenmsg generic{
      .nfgen_family = request.family, .version = NFNETLINK_V0, .res_id = htons(request.resource)};
  std::memcpy(&bytes_[at], &header, sizeof header);
  std::memcpy(&bytes_[at + sizeof header], &generic, sizeof generic);
  return at;
}

void NetlinkBatch::end_message(std::size_t at) {
  const auto size = static_cast<std::uint32_t>(bytes_.size() - at);
  std::memcpy(&bytes_[at + offsetof(nlmsghdr, nlmsg_len)], &size, sizeof size);
}

std::size_t NetlinkBatch::begin_nest(int attribute) {
  const std::size_t at = bytes_.size();
  put(attribute | NLA_F_NESTED, {});
  return at;
}

void NetlinkBatch::end_nest(std::size_t at) {
  const auto size = static_cast<std::uint16_t>(bytes_.size() - at);
  std::memcpy(&bytes_[at + offsetof(nlattr, nla_len)], &size, sizeof size);
}

void NetlinkBatch::put(int attribute, std::span<const std::uint8_t> value) {
  const std::size_t at = bytes_.size();
  const nlattr header{.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + value.size()),
                      .nla_type = static_cast<std::uint16_t>(attribute)};
  bytes_.resize(at + sizeof header + aligned(value.size()));
  std::memcpy(&bytes_[at], &header, sizeof header);
  if (!value.empty()) std::memcpy(&bytes_[at + sizeof header], value.data(), value.size());
}

void NetlinkBatch::put_be16(int attribute, std::uint16_t value) {
  std::array<std::uint8_t, 2> bytes{};
  wire::store_be16(bytes.data(), value);
  put(attribute, bytes);
}

void NetlinkBatch::put_be32(int attribute, std::uint32_t value) {
  std::array<std::uint8_t, 4> bytes{};
  wire::store_be32(bytes.data(), value);
  put(attribute, bytes);
}

void NetlinkBatch::put_string(int attribute, std::string_view value) {
  const std::string ended(value);
  put(attribute, {reinterpret_cast<const std::uint8_t*>(ended.c_str()), ended.size() + 1});
}

}  // namespace natstep::netns
