// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/entry_message.h"

#include "harness/finding/python_literal.h"
#include "harness/lockstep/convert.h"
#include "model/protocol.h"

#include <string>
#include <variant>

#include <fmt/format.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>

namespace natstep::harness {
namespace {

using nlohmann::ordered_json;

void put_attribute(wire::Bytes& out, std::uint16_t kind, wire::ByteView value) {
  const std::size_t length = value.size() + 4;
  for (const std::size_t byte : {length & 0xff, length >> 8})
    out.push_back(static_cast<std::uint8_t>(byte));
  out.push_back(static_cast<std::uint8_t>(kind & 0xff));
  out.push_back(static_cast<std::uint8_t>(kind >> 8));
  out.insert(out.end(), value.begin(), value.end());
  while (out.size() % 4 != 0)
    out.push_back(0);
}

wire::Bytes big_endian(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value & 0xff)};
}
wire::Bytes big_endian(std::uint32_t value) {
  wire::Bytes bytes(4);
  wire::store_be32(bytes.data(), value);
  return bytes;
}

constexpr std::uint16_t nested(std::uint16_t kind) {
  return kind | NLA_F_NESTED;
}

wire::ByteView view(const wire::Address& address) {
  return {address.bytes.data(), address.size()};
}

wire::Bytes addresses_of(const model::Tuple& tuple) {
  const bool ipv6 = tuple.src.family == wire::AddressFamily::ipv6;
  wire::Bytes out;
  put_attribute(out, ipv6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, view(tuple.src));
  put_attribute(out, ipv6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, view(tuple.dst));
  return out;
}

wire::Bytes ids_of(const model::Tuple& tuple) {
  constexpr std::uint8_t icmp = 1, icmpv6 = 58;
  wire::Bytes out;
  put_attribute(out, CTA_PROTO_NUM, wire::Bytes{tuple.protocol});
  if (tuple.protocol != icmp && tuple.protocol != icmpv6) {
    put_attribute(out, CTA_PROTO_SRC_PORT, big_endian(tuple.src_id));
    put_attribute(out, CTA_PROTO_DST_PORT, big_endian(tuple.dst_id));
    return out;
  }
  const std::uint16_t first = tuple.protocol == icmp ? CTA_PROTO_ICMP_ID : CTA_PROTO_ICMPV6_ID;
  put_attribute(out, first, big_endian(tuple.src_id));
  put_attribute(out, first + 1, wire::Bytes{static_cast<std::uint8_t>(tuple.dst_id >> 8)});
  put_attribute(out, first + 2, wire::Bytes{static_cast<std::uint8_t>(tuple.dst_id & 0xff)});
  return out;
}

void put_tuple(wire::Bytes& out, std::uint16_t kind, const model::Tuple& tuple) {
  wire::Bytes parts;
  put_attribute(parts, nested(CTA_TUPLE_IP), addresses_of(tuple));
  put_attribute(parts, nested(CTA_TUPLE_PROTO), ids_of(tuple));
  put_attribute(out, nested(kind), parts);
}

void put_values(wire::Bytes& out, const model::EntryValues& values, std::uint32_t status) {
  if (status != 0) put_attribute(out, CTA_STATUS, big_endian(status));
  if (values.timeout) put_attribute(out, CTA_TIMEOUT, big_endian(*values.timeout));
  if (values.mark) put_attribute(out, CTA_MARK, big_endian(*values.mark));
  if (!values.tcp_state) return;
  wire::Bytes state, tcp;
  put_attribute(state, CTA_PROTOINFO_TCP_STATE,
                wire::Bytes{static_cast<std::uint8_t>(*values.tcp_state)});
  put_attribute(tcp, nested(CTA_PROTOINFO_TCP), state);
  put_attribute(out, nested(CTA_PROTOINFO), tcp);
}

void put_mapping(wire::Bytes& out, std::uint16_t kind, const model::NatRange& range) {
  wire::Bytes mapping, ports;
  const bool ipv6 = range.min_address->family == wire::AddressFamily::ipv6;
  put_attribute(mapping, ipv6 ? CTA_NAT_V6_MINIP : CTA_NAT_V4_MINIP, view(*range.min_address));
  if (range.min_port) {
    put_attribute(ports, CTA_PROTONAT_PORT_MIN, big_endian(*range.min_port));
    put_attribute(ports, CTA_PROTONAT_PORT_MAX, big_endian(*range.max_port));
    put_attribute(mapping, nested(CTA_NAT_PROTO), ports);
  }
  put_attribute(out, nested(kind), mapping);
}

/// The status that the entry had on the kernel's side after the step: ctnetlink wants all of it.
std::uint32_t status_after(const StepRecord& record, const model::Tuple& tuple) {
  for (const EntryPair& pair : record.entries) {
    if (!pair.kernel) continue;
    const netns::CtTuple wanted = to_netns(tuple);
    if (pair.kernel->original == wanted || pair.kernel->reply == wanted) return pair.kernel->status;
  }
  return model::status::confirmed;
}

struct Writer {
  const StepRecord& record;

  [[nodiscard]] static ordered_json message(int kind, int flags, const model::Tuple& tuple,
                                            const wire::Bytes& attributes) {
    constexpr int inet = 2, inet6 = 10;
    const bool ipv6 = tuple.src.family == wire::AddressFamily::ipv6;
    return {{"kind", kind},
            {"flags", flags | NLM_F_REQUEST | NLM_F_ACK},
            {"family", ipv6 ? inet6 : inet},
            {"attributes", hex(attributes)}};
  }

  ordered_json operator()(const model::EntryDeleted& event) const {
    wire::Bytes out;
    put_tuple(out, CTA_TUPLE_ORIG, event.tuple);
    if (event.zone != 0) put_attribute(out, CTA_ZONE, big_endian(event.zone));
    return message(IPCTNL_MSG_CT_DELETE, 0, event.tuple, out);
  }
  ordered_json operator()(const model::EntryCreated& event) const {
    wire::Bytes out;
    put_tuple(out, CTA_TUPLE_ORIG, event.original);
    put_tuple(out, CTA_TUPLE_REPLY, event.reply);
    if (event.zone != 0) put_attribute(out, CTA_ZONE, big_endian(event.zone));
    put_values(out, event.values, event.values.status | model::status::confirmed);
    if (event.source) put_mapping(out, CTA_NAT_SRC, *event.source);
    if (event.destination) put_mapping(out, CTA_NAT_DST, *event.destination);
    return message(IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL, event.original, out);
  }
  ordered_json operator()(const model::EntryUpdated& event) const {
    wire::Bytes out;
    put_tuple(out, CTA_TUPLE_ORIG, event.tuple);
    if (event.zone != 0) put_attribute(out, CTA_ZONE, big_endian(event.zone));
    const bool status = event.values.status != 0;
    put_values(out, event.values, status ? status_after(record, event.tuple) : 0);
    return message(IPCTNL_MSG_CT_NEW, 0, event.tuple, out);
  }
  template <typename Other>
  ordered_json operator()(const Other&) const {
    return {{"kind", IPCTNL_MSG_CT_DELETE},
            {"flags", NLM_F_REQUEST | NLM_F_ACK},
            {"family", 0},
            {"attributes", ""}};
  }
};

}  // namespace

ordered_json entry_message(const model::Event& event, const StepRecord& record) {
  return std::visit(Writer{record}, event);
}

}  // namespace natstep::harness
