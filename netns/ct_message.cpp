// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/ct_message.h"

#include "netns/error.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

namespace natstep::netns {
namespace {

template <int max>
using Attributes = std::array<nlattr*, max + 1>;

template <int max>
bool parse_message(nlmsghdr& header, Attributes<max>& out) {
  return ::nlmsg_parse(&header, sizeof(nfgenmsg), out.data(), max, nullptr) >= 0;
}

/// An absent nest reads like an empty one.
template <int max>
Attributes<max> parse_nested(nlattr* nest) {
  Attributes<max> out{};
  if (nest != nullptr) ::nla_parse_nested(out.data(), max, nest, nullptr);
  return out;
}

std::uint8_t read_u8(nlattr* a) {
  return a != nullptr ? ::nla_get_u8(a) : std::uint8_t{0};
}
std::uint16_t read_be16(nlattr* a) {
  return a != nullptr ? ntohs(::nla_get_u16(a)) : std::uint16_t{0};
}
std::uint32_t read_be32(nlattr* a) {
  return a != nullptr ? ntohl(::nla_get_u32(a)) : 0;
}
std::uint64_t read_be64(nlattr* a) {
  return a != nullptr ? be64toh(::nla_get_u64(a)) : 0;
}

std::optional<std::uint32_t> read_optional_be32(nlattr* a) {
  return a != nullptr ? std::optional(ntohl(::nla_get_u32(a))) : std::nullopt;
}

wire::Address read_address(nlattr* ipv4, nlattr* ipv6) {
  nlattr* attribute = ipv4 != nullptr ? ipv4 : ipv6;
  wire::Address address;
  if (attribute == nullptr) return address;
  address.family = ipv4 != nullptr ? wire::AddressFamily::ipv4 : wire::AddressFamily::ipv6;
  const auto* bytes = static_cast<const std::uint8_t*>(::nla_data(attribute));
  const auto size = std::min(static_cast<std::size_t>(::nla_len(attribute)), address.size());
  std::copy_n(bytes, size, address.bytes.begin());
  return address;
}

void read_ids(const Attributes<CTA_PROTO_MAX>& proto, CtTuple& tuple) {
  const auto read_icmp = [&](int id, int type, int code) {
    tuple.src_id = read_be16(proto[static_cast<std::size_t>(id)]);
    tuple.dst_id = static_cast<std::uint16_t>(read_u8(proto[static_cast<std::size_t>(type)]) << 8 |
                                              read_u8(proto[static_cast<std::size_t>(code)]));
  };
  if (tuple.protocol == IPPROTO_ICMP) {
    read_icmp(CTA_PROTO_ICMP_ID, CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMP_CODE);
  } else if (tuple.protocol == IPPROTO_ICMPV6) {
    read_icmp(CTA_PROTO_ICMPV6_ID, CTA_PROTO_ICMPV6_TYPE, CTA_PROTO_ICMPV6_CODE);
  } else {
    tuple.src_id = read_be16(proto[CTA_PROTO_SRC_PORT]);
    tuple.dst_id = read_be16(proto[CTA_PROTO_DST_PORT]);
  }
}

CtTuple read_tuple(nlattr* nest) {
  const auto parts = parse_nested<CTA_TUPLE_MAX>(nest);
  const auto ip = parse_nested<CTA_IP_MAX>(parts[CTA_TUPLE_IP]);
  const auto proto = parse_nested<CTA_PROTO_MAX>(parts[CTA_TUPLE_PROTO]);
  CtTuple tuple{.src = read_address(ip[CTA_IP_V4_SRC], ip[CTA_IP_V6_SRC]),
                .dst = read_address(ip[CTA_IP_V4_DST], ip[CTA_IP_V6_DST]),
                .protocol = read_u8(proto[CTA_PROTO_NUM])};
  read_ids(proto, tuple);
  return tuple;
}

/// A zone of both directions stands in the message, one of a single direction in that direction's
/// tuple.
void read_zones(const Attributes<CTA_MAX>& attributes, CtEntry& entry) {
  const auto in_tuple = [&](int tuple) {
    return read_be16(
        parse_nested<CTA_TUPLE_MAX>(attributes[static_cast<std::size_t>(tuple)])[CTA_TUPLE_ZONE]);
  };
  const bool both = attributes[CTA_ZONE] != nullptr;
  entry.original.zone = both ? read_be16(attributes[CTA_ZONE]) : in_tuple(CTA_TUPLE_ORIG);
  entry.reply.zone = both ? read_be16(attributes[CTA_ZONE]) : in_tuple(CTA_TUPLE_REPLY);
}

Labels read_labels(nlattr* a) {
  Labels labels{};
  if (a == nullptr) return labels;
  const auto* bytes = static_cast<const std::uint8_t*>(::nla_data(a));
  std::copy_n(bytes, std::min(static_cast<std::size_t>(::nla_len(a)), labels.size()),
              labels.begin());
  return labels;
}

/// struct nf_ct_tcp_flags: the flags and a mask; the mask only matters on the way in.
std::uint8_t read_flags(nlattr* a) {
  return a != nullptr && ::nla_len(a) >= 1 ? *static_cast<const std::uint8_t*>(::nla_data(a))
                                           : std::uint8_t{0};
}

void read_tcp(nlattr* protoinfo, CtEntry& entry) {
  nlattr* nest = parse_nested<CTA_PROTOINFO_MAX>(protoinfo)[CTA_PROTOINFO_TCP];
  if (nest == nullptr) return;
  const auto tcp = parse_nested<CTA_PROTOINFO_TCP_MAX>(nest);
  entry.tcp_state = read_u8(tcp[CTA_PROTOINFO_TCP_STATE]);
  entry.tcp_wscale = {read_u8(tcp[CTA_PROTOINFO_TCP_WSCALE_ORIGINAL]),
                      read_u8(tcp[CTA_PROTOINFO_TCP_WSCALE_REPLY])};
  entry.tcp_flags = {read_flags(tcp[CTA_PROTOINFO_TCP_FLAGS_ORIGINAL]),
                     read_flags(tcp[CTA_PROTOINFO_TCP_FLAGS_REPLY])};
}

void read_sctp(nlattr* protoinfo, CtEntry& entry) {
  nlattr* nest = parse_nested<CTA_PROTOINFO_MAX>(protoinfo)[CTA_PROTOINFO_SCTP];
  if (nest == nullptr) return;
  const auto sctp = parse_nested<CTA_PROTOINFO_SCTP_MAX>(nest);
  entry.sctp_state = read_u8(sctp[CTA_PROTOINFO_SCTP_STATE]);
  entry.sctp_vtag = {read_be32(sctp[CTA_PROTOINFO_SCTP_VTAG_ORIGINAL]),
                     read_be32(sctp[CTA_PROTOINFO_SCTP_VTAG_REPLY])};
}

void read_dccp(nlattr* protoinfo, CtEntry& entry) {
  nlattr* nest = parse_nested<CTA_PROTOINFO_MAX>(protoinfo)[CTA_PROTOINFO_DCCP];
  if (nest == nullptr) return;
  const auto dccp = parse_nested<CTA_PROTOINFO_DCCP_MAX>(nest);
  entry.dccp_state = read_u8(dccp[CTA_PROTOINFO_DCCP_STATE]);
  entry.dccp_role = read_u8(dccp[CTA_PROTOINFO_DCCP_ROLE]);
  entry.dccp_handshake_seq = read_be64(dccp[CTA_PROTOINFO_DCCP_HANDSHAKE_SEQ]);
}

std::string read_name(nlattr* a) {
  return a != nullptr ? std::string(::nla_get_string(a)) : std::string();
}

void read_seq_adjust(const Attributes<CTA_MAX>& attributes, CtEntry& entry) {
  const auto read = [&](int direction) {
    const auto nest = parse_nested<CTA_SEQADJ_MAX>(attributes[static_cast<std::size_t>(direction)]);
    return CtSeqAdjust{
        .position = read_be32(nest[CTA_SEQADJ_CORRECTION_POS]),
        .before = static_cast<std::int32_t>(read_be32(nest[CTA_SEQADJ_OFFSET_BEFORE])),
        .after = static_cast<std::int32_t>(read_be32(nest[CTA_SEQADJ_OFFSET_AFTER]))};
  };
  if (attributes[CTA_SEQ_ADJ_ORIG] == nullptr && attributes[CTA_SEQ_ADJ_REPLY] == nullptr) return;
  entry.seq_adjust = {read(CTA_SEQ_ADJ_ORIG), read(CTA_SEQ_ADJ_REPLY)};
}

CtCounters read_counters(nlattr* nest) {
  const auto counters = parse_nested<CTA_COUNTERS_MAX>(nest);
  return {.packets = read_be64(counters[CTA_COUNTERS_PACKETS]),
          .bytes = read_be64(counters[CTA_COUNTERS_BYTES])};
}

// ---- writing ----

void put_be16(nl_msg* message, int attribute, std::uint16_t value) {
  ::nla_put_u16(message, attribute, htons(value));
}

void put_address(nl_msg* message, int ipv4_attribute, int ipv6_attribute,
                 const wire::Address& address) {
  const bool is_ipv6 = address.family == wire::AddressFamily::ipv6;
  ::nla_put(message, is_ipv6 ? ipv6_attribute : ipv4_attribute, is_ipv6 ? 16 : 4,
            address.bytes.data());
}

void put_icmp(nl_msg* message, const CtTuple& tuple, int id, int type, int code) {
  put_be16(message, id, tuple.src_id);
  ::nla_put_u8(message, type, static_cast<std::uint8_t>(tuple.dst_id >> 8));
  ::nla_put_u8(message, code, static_cast<std::uint8_t>(tuple.dst_id));
}

void put_proto(nl_msg* message, const CtTuple& tuple) {
  ::nla_put_u8(message, CTA_PROTO_NUM, tuple.protocol);
  if (tuple.protocol == IPPROTO_ICMP) {
    put_icmp(message, tuple, CTA_PROTO_ICMP_ID, CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMP_CODE);
  } else if (tuple.protocol == IPPROTO_ICMPV6) {
    put_icmp(message, tuple, CTA_PROTO_ICMPV6_ID, CTA_PROTO_ICMPV6_TYPE, CTA_PROTO_ICMPV6_CODE);
  } else {
    put_be16(message, CTA_PROTO_SRC_PORT, tuple.src_id);
    put_be16(message, CTA_PROTO_DST_PORT, tuple.dst_id);
  }
}

template <typename F>
void put_nest(nl_msg* message, int attribute, F&& content) {
  nlattr* nest = ::nla_nest_start(message, attribute | NLA_F_NESTED);
  content();
  ::nla_nest_end(message, nest);
}

void put_tuple(nl_msg* message, int attribute, const CtTuple& tuple) {
  put_nest(message, attribute, [&] {
    put_nest(message, CTA_TUPLE_IP, [&] {
      put_address(message, CTA_IP_V4_SRC, CTA_IP_V6_SRC, tuple.src);
      put_address(message, CTA_IP_V4_DST, CTA_IP_V6_DST, tuple.dst);
    });
    put_nest(message, CTA_TUPLE_PROTO, [&] { put_proto(message, tuple); });
    if (tuple.zone != 0) put_be16(message, CTA_TUPLE_ZONE, tuple.zone);
  });
}

void put_be32(nl_msg* message, int attribute, std::uint32_t value) {
  ::nla_put_u32(message, attribute, htonl(value));
}

void put_values(nl_msg* message, const EntryValues& values) {
  if (values.status != 0) put_be32(message, CTA_STATUS, values.status);
  if (values.timeout) put_be32(message, CTA_TIMEOUT, *values.timeout);
  if (values.mark) put_be32(message, CTA_MARK, *values.mark);
  if (!values.tcp_state) return;
  put_nest(message, CTA_PROTOINFO, [&] {
    put_nest(message, CTA_PROTOINFO_TCP,
             [&] { ::nla_put_u8(message, CTA_PROTOINFO_TCP_STATE, *values.tcp_state); });
  });
}

void put_nat(nl_msg* message, int attribute, const NatTarget& target) {
  const bool is_ipv6 = target.address.family == wire::AddressFamily::ipv6;
  put_nest(message, attribute, [&] {
    ::nla_put(message, is_ipv6 ? CTA_NAT_V6_MINIP : CTA_NAT_V4_MINIP, is_ipv6 ? 16 : 4,
              target.address.bytes.data());
    if (!target.port) return;
    put_nest(message, CTA_NAT_PROTO, [&] {
      put_be16(message, CTA_PROTONAT_PORT_MIN, *target.port);
      put_be16(message, CTA_PROTONAT_PORT_MAX, *target.port);
    });
  });
}

std::uint8_t family_of(const CtTuple& tuple) {
  return tuple.src.family == wire::AddressFamily::ipv6 ? AF_INET6 : AF_INET;
}

CtEvent::Kind kind_of(const nlmsghdr& header) {
  if (nfnetlink_type(header) == IPCTNL_MSG_CT_DELETE) return CtEvent::Kind::destroyed;
  // ctnetlink_conntrack_event marks a new entry with these two flags.
  return (header.nlmsg_flags & (NLM_F_CREATE | NLM_F_EXCL)) != 0 ? CtEvent::Kind::created
                                                                 : CtEvent::Kind::updated;
}

}  // namespace

Message ct_request(int type, int flags) {
  return nfnetlink_message(NFNL_SUBSYS_CTNETLINK, type, flags, AF_UNSPEC);
}

Message ct_request(int type, int flags, const CtTuple& tuple, std::uint16_t zone) {
  Message message = nfnetlink_message(NFNL_SUBSYS_CTNETLINK, type, flags, family_of(tuple));
  put_tuple(message.get(), CTA_TUPLE_ORIG, tuple);
  if (zone != 0) put_be16(message.get(), CTA_ZONE, zone);
  return message;
}

Message ct_creation(const EntryCreation& entry) {
  Message message =
      ct_request(IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL, entry.original, entry.zone);
  put_tuple(message.get(), CTA_TUPLE_REPLY, entry.reply);
  put_values(message.get(), entry.values);
  if (entry.source) put_nat(message.get(), CTA_NAT_SRC, *entry.source);
  if (entry.destination) put_nat(message.get(), CTA_NAT_DST, *entry.destination);
  return message;
}

Message ct_update(const EntryUpdate& update) {
  Message message = ct_request(IPCTNL_MSG_CT_NEW, 0, update.tuple, update.zone);
  put_values(message.get(), update.values);
  return message;
}

std::optional<CtEntry> parse_entry(nlmsghdr& header) {
  Attributes<CTA_MAX> attributes{};
  if (!parse_message<CTA_MAX>(header, attributes)) return std::nullopt;
  if (attributes[CTA_TUPLE_ORIG] == nullptr || attributes[CTA_TUPLE_REPLY] == nullptr)
    return std::nullopt;
  CtEntry entry{
      .original = read_tuple(attributes[CTA_TUPLE_ORIG]),
      .reply = read_tuple(attributes[CTA_TUPLE_REPLY]),
      .status = read_be32(attributes[CTA_STATUS]),
      .timeout = read_optional_be32(attributes[CTA_TIMEOUT]),
      .mark = read_optional_be32(attributes[CTA_MARK]),
      .labels = read_labels(attributes[CTA_LABELS]),
      .helper = read_name(parse_nested<CTA_HELP_MAX>(attributes[CTA_HELP])[CTA_HELP_NAME]),
      .id = read_be32(attributes[CTA_ID])};
  read_zones(attributes, entry);
  read_tcp(attributes[CTA_PROTOINFO], entry);
  read_sctp(attributes[CTA_PROTOINFO], entry);
  read_dccp(attributes[CTA_PROTOINFO], entry);
  read_seq_adjust(attributes, entry);
  if (attributes[CTA_COUNTERS_ORIG] != nullptr || attributes[CTA_COUNTERS_REPLY] != nullptr) {
    entry.counters = {read_counters(attributes[CTA_COUNTERS_ORIG]),
                      read_counters(attributes[CTA_COUNTERS_REPLY])};
  }
  return entry;
}

Message expectations_request() {
  return nfnetlink_message(NFNL_SUBSYS_CTNETLINK_EXP, IPCTNL_MSG_EXP_GET, NLM_F_DUMP, AF_UNSPEC);
}

std::optional<CtExpectation> parse_expectation(nlmsghdr& header) {
  Attributes<CTA_EXPECT_MAX> attributes{};
  if (!parse_message<CTA_EXPECT_MAX>(header, attributes)) return std::nullopt;
  if (attributes[CTA_EXPECT_TUPLE] == nullptr || attributes[CTA_EXPECT_MASK] == nullptr)
    return std::nullopt;
  CtExpectation expectation{.tuple = read_tuple(attributes[CTA_EXPECT_TUPLE]),
                            .mask = read_tuple(attributes[CTA_EXPECT_MASK]),
                            .master = read_tuple(attributes[CTA_EXPECT_MASTER]),
                            .timeout = read_optional_be32(attributes[CTA_EXPECT_TIMEOUT]),
                            .flags = read_be32(attributes[CTA_EXPECT_FLAGS]),
                            .expectation_class = read_be32(attributes[CTA_EXPECT_CLASS]),
                            .helper = read_name(attributes[CTA_EXPECT_HELP_NAME]),
                            .function = read_name(attributes[CTA_EXPECT_FN])};
  if (attributes[CTA_EXPECT_NAT] != nullptr) {
    const auto nat = parse_nested<CTA_EXPECT_NAT_MAX>(attributes[CTA_EXPECT_NAT]);
    expectation.nat = read_tuple(nat[CTA_EXPECT_NAT_TUPLE]);
    expectation.nat_direction = read_be32(nat[CTA_EXPECT_NAT_DIR]);
  }
  return expectation;
}

std::optional<CtEvent> parse_event(nlmsghdr& header) {
  if (header.nlmsg_type >> 8 != NFNL_SUBSYS_CTNETLINK) return std::nullopt;
  auto entry = parse_entry(header);
  if (!entry) return std::nullopt;
  return CtEvent{.kind = kind_of(header), .entry = *std::move(entry)};
}

std::optional<std::uint32_t> parse_entry_count(nlmsghdr& header) {
  Attributes<CTA_STATS_GLOBAL_MAX> attributes{};
  if (!parse_message<CTA_STATS_GLOBAL_MAX>(header, attributes)) return std::nullopt;
  return read_optional_be32(attributes[CTA_STATS_GLOBAL_ENTRIES]);
}

void add_cpu_stats(nlmsghdr& header, CtStats& sum) {
  Attributes<CTA_STATS_MAX> attributes{};
  if (!parse_message<CTA_STATS_MAX>(header, attributes)) return;
  sum.found += read_be32(attributes[CTA_STATS_FOUND]);
  sum.invalid += read_be32(attributes[CTA_STATS_INVALID]);
  sum.insert_failed += read_be32(attributes[CTA_STATS_INSERT_FAILED]);
  sum.drop += read_be32(attributes[CTA_STATS_DROP]);
  sum.early_drop += read_be32(attributes[CTA_STATS_EARLY_DROP]);
  sum.error += read_be32(attributes[CTA_STATS_ERROR]);
  sum.search_restart += read_be32(attributes[CTA_STATS_SEARCH_RESTART]);
  sum.clash_resolve += read_be32(attributes[CTA_STATS_CLASH_RESOLVE]);
  sum.chaintoolong += read_be32(attributes[CTA_STATS_CHAIN_TOOLONG]);
}

}  // namespace natstep::netns
